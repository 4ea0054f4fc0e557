// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "render/shader/sandbox.h"

/* What the worker's process can no longer do, tried in children one at a time. */

#define CAN 0
#define CANNOT 3
#define NOT_HERE 77

/* Runs try in a child that has entered all of the sandbox, or only a part; returns its end. */
static int in_child(bool (*enter)(void), int (*try)(void)) {
	fflush(NULL);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		_exit(enter() ? try() : NOT_HERE);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool enter_filter(void) {
	return pvg_sandbox_limits() && pvg_sandbox_filter();
}

static bool enter_all(void) {
	if (!pvg_sandbox_limits()) {
		return false;
	}
	pvg_sandbox_namespaces();
	pvg_sandbox_landlock();
	return pvg_sandbox_filter();
}

static void assert_killed(int (*try)(void)) {
	int filter = in_child(enter_filter, try), all = in_child(enter_all, try);
	assert_true(WIFSIGNALED(filter));
	assert_int_equal(WTERMSIG(filter), SIGSYS);
	assert_true(WIFSIGNALED(all));
	assert_int_equal(WTERMSIG(all), SIGSYS);
}

static int try_open(void) {
	return open("/etc/hostname", O_RDONLY) < 0 && errno == EPERM ? CANNOT : CAN;
}

static int try_create(void) {
	return open("/tmp/pvg-sandbox-test", O_WRONLY | O_CREAT, 0600) < 0 ? CANNOT : CAN;
}

static int try_socket(void) {
	return socket(AF_INET, SOCK_STREAM, 0) < 0 ? CANNOT : CAN;
}

static int try_fork(void) {
	return fork() < 0 ? CANNOT : CAN;
}

static int try_exec(void) {
	char *const argv[] = {"sh", NULL};
	execv("/bin/sh", argv);
	return CANNOT;
}

static int try_executable_memory(void) {
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
	return p == MAP_FAILED ? CANNOT : CAN;
}

static int try_make_executable(void) {
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED || mprotect(p, 4096, PROT_READ | PROT_EXEC) != 0 ? CANNOT : CAN;
}

static int try_kill_parent(void) {
	return kill(getppid(), 0) != 0 ? CANNOT : CAN;
}

static int try_flags(void) {
	return fcntl(0, F_SETFL, O_NONBLOCK) != 0 ? CANNOT : CAN;
}

static int do_work(void) {
	// What a translation needs goes on: memory, memory files, seals.
	int fd = memfd_create("test", MFD_ALLOW_SEALING);
	char *p = malloc(1 << 20);
	if (fd < 0 || p == NULL || write(fd, "abc", 3) != 3 ||
		fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) != 0 ||
		(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE) == 0) {
		return CANNOT;
	}
	memset(p, 1, 1 << 20);
	return CAN;
}

static int try_much_memory(void) {
	return mmap(NULL, (size_t)2 << 30, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) == MAP_FAILED ? CANNOT : CAN;
}

static int try_core(void) {
	struct rlimit core;
	return getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0 ? CANNOT : CAN;
}

static void system_calls_that_are_not_needed_end_the_process(void **state) {
	int (*const tries[])(void) = {
		try_socket, try_fork, try_exec, try_executable_memory, try_make_executable,
		try_kill_parent, try_flags,
	};
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		assert_killed(tries[i]);
	}
}

static void files_cannot_be_opened(void **state) {
	int (*const tries[])(void) = {try_open, try_create};
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int status = in_child(enter_filter, tries[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), CANNOT);
		status = in_child(enter_all, tries[i]);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), CANNOT);
	}
}

static void what_a_translation_needs_goes_on(void **state) {
	int status = in_child(enter_all, do_work);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CAN);
}

static void memory_and_core_files_are_bounded(void **state) {
	int status = in_child(pvg_sandbox_limits, try_much_memory);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), CANNOT);
	status = in_child(pvg_sandbox_limits, try_core);
	assert_int_equal(WEXITSTATUS(status), CANNOT);
}

static int try_open_landlocked(void) {
	int fd = open("/etc/hostname", O_RDONLY);
	return fd < 0 && errno == EACCES ? CANNOT : CAN;
}

static void landlock_alone_keeps_files_shut(void **state) {
	int status = in_child(pvg_sandbox_landlock, try_open_landlocked);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE) {
		print_message("skipped: this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), CANNOT);
}

static int look_at_namespaces(void) {
	// No interface but a loopback that is down, and no capability.
	char line[256];
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long long effective = 1;
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		if (sscanf(line, "CapEff: %llx", &effective) == 1) {
			break;
		}
	}
	char ours[64] = "", parents[64] = "", path[64];
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)getppid());
	ssize_t a = readlink("/proc/self/ns/net", ours, sizeof(ours) - 1);
	ssize_t b = readlink(path, parents, sizeof(parents) - 1);
	// Not allowed to look at the parent's any more is as good as different.
	bool other = a > 0 && (b <= 0 || strcmp(ours, parents) != 0);
	return effective == 0 && other ? CANNOT : CAN;
}

static void namespaces_leave_no_network_and_no_capability(void **state) {
	int status = in_child(pvg_sandbox_namespaces, look_at_namespaces);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_HERE) {
		print_message("skipped: no user namespaces for us here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), CANNOT);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(system_calls_that_are_not_needed_end_the_process),
		cmocka_unit_test(files_cannot_be_opened),
		cmocka_unit_test(what_a_translation_needs_goes_on),
		cmocka_unit_test(memory_and_core_files_are_bounded),
		cmocka_unit_test(landlock_alone_keeps_files_shut),
		cmocka_unit_test(namespaces_leave_no_network_and_no_capability),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
