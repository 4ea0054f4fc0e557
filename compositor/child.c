// SPDX-License-Identifier: GPL-2.0-or-later
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pvg/log.h>

#include "options.h"

#define STOP_MS 5000

extern char **environ;

// A variable of one's own in a copy of the environment, in place of one of that name.
static void put_variable(char **env, size_t *count, char *variable) {
	size_t name = strcspn(variable, "=") + 1;
	for (size_t i = 0; i < *count; i++) {
		if (strncmp(env[i], variable, name) == 0) {
			env[i] = variable;
			return;
		}
	}
	env[(*count)++] = variable;
}

static char *variable(const char *name, const char *value) {
	char *text = NULL;
	return value != NULL && asprintf(&text, "%s=%s", name, value) >= 0 ? text : NULL;
}

pid_t pk_child_start(char *const *command, const struct pk_child_places *places,
		int *exit_status) {
	// Not setenv: the device thread may be looking at the kiosk's own environment.
	size_t count = 0;
	while (environ[count] != NULL) {
		count++;
	}
	char **env = calloc(count + 4, sizeof(*env));
	char *vm_variable = variable("PVG_SOCKET", places->vm);
	char *clients_variable = variable("WAYLAND_DISPLAY", places->clients);
	if (env == NULL || vm_variable == NULL ||
			(places->clients != NULL && clients_variable == NULL)) {
		pvg_error("command %s: no memory", command[0]);
		free(vm_variable);
		free(clients_variable);
		free(env);
		*exit_status = PK_EXIT_FAILURE;
		return 0;
	}
	memcpy(env, environ, count * sizeof(*env));
	put_variable(env, &count, vm_variable);
	if (clients_variable != NULL) {
		put_variable(env, &count, clients_variable);
	}
	// The guest reads the number of its displays once, when its driver starts (spec 04 section
	// 6.5).
	char displays_variable[] = "PVG_DISPLAYS=0";
	displays_variable[sizeof(displays_variable) - 2] = (char)('0' + places->outputs);
	if (places->outputs != 0 && getenv("PVG_DISPLAYS") == NULL) {
		put_variable(env, &count, displays_variable);
	}
	posix_spawnattr_t attr;
	posix_spawnattr_init(&attr);
	sigset_t none, handled;
	sigemptyset(&none);
	sigemptyset(&handled);
	sigaddset(&handled, SIGINT);
	sigaddset(&handled, SIGTERM);
	sigaddset(&handled, SIGHUP);
	sigaddset(&handled, SIGPIPE);
	sigaddset(&handled, SIGUSR1);
	sigaddset(&handled, SIGCHLD);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &handled);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	pid_t pid = 0;
	int error = posix_spawnp(&pid, command[0], NULL, &attr, command, env);
	posix_spawnattr_destroy(&attr);
	free(vm_variable);
	free(clients_variable);
	free(env);
	if (error != 0) {
		pvg_error("command %s: %s", command[0], strerror(error));
		*exit_status = error == ENOENT ? PK_EXIT_NOT_FOUND : PK_EXIT_NOT_EXECUTABLE;
		return 0;
	}
	return pid;
}

int pk_child_status(int status) {
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int pk_child_stop(pid_t pid) {
	int status = 0;
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	kill(pid, SIGTERM);
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };
	int ready;
	do {
		ready = poll(&fd, 1, STOP_MS);
	} while (ready < 0 && errno == EINTR);
	if (ready == 0 || pidfd < 0) {
		pvg_error("command: still there after SIGTERM, killed");
		kill(pid, SIGKILL);
	}
	if (pidfd >= 0) {
		close(pidfd);
	}
	pid_t got;
	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
	return pk_child_status(status);
}
