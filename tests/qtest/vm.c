// SPDX-License-Identifier: GPL-2.0-or-later
#include "vm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGS_MAX 64

static const char *qemu_path(void) {
	const char *path = getenv("PVG_QEMU");
	return path != NULL ? path : "qemu-system-x86_64";
}

static bool shim_is_builtin(void) {
	const char *shim = getenv("PVG_SHIM");
	return shim != NULL && strcmp(shim, "builtin") == 0;
}

static void skip_all(const char *why) {
	printf("SKIP: %s\n", why);
	exit(77);
}

void vm_require(void) {
	const char *shim = getenv("PVG_SHIM");
	if (shim == NULL || shim[0] == '\0') {
		skip_all("libpvg-shim.so was not built (no QEMU headers): set -Dqemu-headers");
	}
	if (!shim_is_builtin() && access(shim, R_OK) != 0) {
		skip_all("PVG_SHIM names no file");
	}
	char command[256];
	snprintf(command, sizeof(command), "%s --version >/dev/null 2>&1", qemu_path());
	if (system(command) != 0) {
		skip_all("qemu-system-x86_64 does not run here");
	}
}

int64_t vm_now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct vm *vm_create(void) {
	struct vm *vm = calloc(1, sizeof(*vm));
	assert_non_null(vm);
	vm->qtest = vm->qmp = vm->log = -1;
	snprintf(vm->dir, sizeof(vm->dir), "/tmp/pvg-qtest-XXXXXX");
	assert_non_null(mkdtemp(vm->dir));
	snprintf(vm->socket_path, sizeof(vm->socket_path), "%s/pvg.sock", vm->dir);
	return vm;
}

static int pair(int *ours) {
	int fds[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFD, FD_CLOEXEC), 0);
	*ours = fds[0];
	return fds[1];
}

struct args {
	char *list[ARGS_MAX];
	size_t count;
};

__attribute__((format(printf, 2, 3))) static void add_arg(struct args *args, const char *fmt, ...) {
	va_list ap;
	assert_true(args->count < ARGS_MAX - 1);
	va_start(ap, fmt);
	assert_true(vasprintf(&args->list[args->count++], fmt, ap) >= 0);
	va_end(ap);
}

void vm_spawn(struct vm *vm, const char *memory, const char *device, const char *const *extra) {
	int qtest = pair(&vm->qtest);
	int qmp = pair(&vm->qmp);
	int log[2];
	assert_int_equal(pipe2(log, O_CLOEXEC), 0);
	vm->log = log[0];
	assert_int_equal(fcntl(vm->log, F_SETFL, O_NONBLOCK), 0);

	struct args args = { .count = 0 };
	add_arg(&args, "%s", qemu_path());
	static const char *const common[] = {
		"-nodefaults",
		"-no-user-config",
		"-display",
		"none",
		"-S",
		"-accel",
		"tcg",
	};
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		add_arg(&args, "%s", common[i]);
	}
	if (memory != NULL) {
		add_arg(&args, "-object");
		add_arg(&args, "memory-backend-memfd,id=ram,%s", memory);
		add_arg(&args, "-machine");
		add_arg(&args, "q35,memory-backend=ram");
	}
	add_arg(&args, "-chardev");
	add_arg(&args, "socket,id=qtest,fd=%d", qtest);
	add_arg(&args, "-qtest");
	add_arg(&args, "chardev:qtest");
	add_arg(&args, "-qtest-log");
	add_arg(&args, "/dev/null");
	add_arg(&args, "-chardev");
	add_arg(&args, "socket,id=qmp,fd=%d", qmp);
	add_arg(&args, "-mon");
	add_arg(&args, "chardev=qmp,mode=control");
	if (!shim_is_builtin()) {
		add_arg(&args, "-plugin");
		add_arg(&args, "file=%s", getenv("PVG_SHIM"));
	}
	if (device != NULL) {
		add_arg(&args, "-device");
		add_arg(&args, "apple-gfx-pci,id=gfx,addr=5,socket=%s%s%s", vm->socket_path,
			device[0] != '\0' ? "," : "", device);
	}
	for (size_t i = 0; extra != NULL && extra[i] != NULL; i++) {
		add_arg(&args, "%s", extra[i]);
	}
	args.list[args.count] = NULL;

	vm->pid = fork();
	assert_true(vm->pid >= 0);
	if (vm->pid == 0) {
		// A test program that dies takes its QEMU along.
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(log[1], STDERR_FILENO);
		dup2(log[1], STDOUT_FILENO);
		execvp(args.list[0], args.list);
		_exit(127);
	}
	close(qtest);
	close(qmp);
	close(log[1]);
	for (size_t i = 0; i < args.count; i++) {
		free(args.list[i]);
	}
}

static void take_log(struct vm *vm) {
	char bytes[4096];
	ssize_t n;
	while (vm->log >= 0 && (n = read(vm->log, bytes, sizeof(bytes))) > 0) {
		char *grown = realloc(vm->log_text, vm->log_size + (size_t)n + 1);
		assert_non_null(grown);
		vm->log_text = grown;
		memcpy(vm->log_text + vm->log_size, bytes, (size_t)n);
		vm->log_size += (size_t)n;
		vm->log_text[vm->log_size] = '\0';
	}
}

static void show_log(struct vm *vm) {
	take_log(vm);
	print_error("QEMU said:\n%s\n", vm->log_text != NULL ? vm->log_text : "(nothing)");
}

// Waits until @fd is readable; takes the log meanwhile, so that QEMU never blocks on it.
static bool wait_readable(struct vm *vm, int fd, int64_t deadline_ms) {
	for (;;) {
		struct pollfd fds[2] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = vm->log, .events = POLLIN },
		};
		int64_t left = deadline_ms - vm_now_ms();
		int n = poll(fds, 2, left > 0 ? (int)left : 0);
		if (n == 0) {
			return false;
		}
		if (fds[1].revents != 0) {
			take_log(vm);
			if ((fds[1].revents & POLLHUP) != 0) {
				close(vm->log);
				vm->log = -1;
			}
		}
		if (fds[0].revents != 0) {
			return true;
		}
	}
}

// One line of @fd into vm->line, without its end.
static bool read_line(struct vm *vm, int fd, int64_t deadline_ms) {
	vm->line_fill = 0;
	for (;;) {
		if (!wait_readable(vm, fd, deadline_ms)) {
			return false;
		}
		char c[65536];
		// Peek, so that nothing beyond this line is taken.
		ssize_t n = recv(fd, c, sizeof(c), MSG_PEEK);
		if (n <= 0) {
			show_log(vm);
			fail_msg("QEMU closed the connection");
		}
		char *end = memchr(c, '\n', (size_t)n);
		size_t take = end != NULL ? (size_t)(end - c) + 1 : (size_t)n;
		assert_true(vm->line_fill + take < sizeof(vm->line));
		assert_int_equal(recv(fd, vm->line + vm->line_fill, take, 0), take);
		vm->line_fill += take;
		if (end != NULL) {
			while (vm->line_fill > 0 &&
				(vm->line[vm->line_fill - 1] == '\n' ||
					vm->line[vm->line_fill - 1] == '\r')) {
				vm->line_fill--;
			}
			vm->line[vm->line_fill] = '\0';
			return true;
		}
	}
}

static void write_all(struct vm *vm, int fd, const char *bytes, size_t size) {
	while (size > 0) {
		ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
		if (n <= 0) {
			show_log(vm);
			fail_msg("QEMU does not take a command: %s", strerror(errno));
		}
		bytes += n;
		size -= (size_t)n;
	}
}

void vm_qtest_send(struct vm *vm, const char *line) {
	write_all(vm, vm->qtest, line, strlen(line));
	write_all(vm, vm->qtest, "\n", 1);
}

bool vm_qtest_answer(struct vm *vm, int ms) {
	int64_t deadline = vm_now_ms() + ms;
	do {
		if (!read_line(vm, vm->qtest, deadline)) {
			return false;
		}
	} while (strncmp(vm->line, "IRQ", 3) == 0);
	return true;
}

static const char *qtest_command(struct vm *vm, const char *line) {
	vm_qtest_send(vm, line);
	if (!vm_qtest_answer(vm, VM_DEADLINE_MS)) {
		show_log(vm);
		fail_msg("no answer to '%s'", line);
	}
	if (strncmp(vm->line, "OK", 2) != 0) {
		fail_msg("'%s' answered '%s'", line, vm->line);
	}
	return vm->line[2] == ' ' ? vm->line + 3 : vm->line + 2;
}

static void keep_event(struct vm *vm) {
	if (strstr(vm->line, "\"event\"") != NULL &&
		vm->events_fill + vm->line_fill + 1 < sizeof(vm->events)) {
		memcpy(vm->events + vm->events_fill, vm->line, vm->line_fill + 1);
		vm->events_fill += vm->line_fill;
	}
}

static const char *qmp_answer(struct vm *vm) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	for (;;) {
		if (!read_line(vm, vm->qmp, deadline)) {
			show_log(vm);
			fail_msg("no answer on QMP");
		}
		if (strstr(vm->line, "\"return\"") != NULL ||
			strstr(vm->line, "\"error\"") != NULL) {
			return vm->line;
		}
		keep_event(vm);
	}
}

void vm_qmp_send(struct vm *vm, const char *command) {
	char *text = strdup(command);
	assert_non_null(text);
	for (char *c = text; *c != '\0'; c++) {
		*c = *c == '\'' ? '"' : *c;
	}
	write_all(vm, vm->qmp, text, strlen(text));
	write_all(vm, vm->qmp, "\n", 1);
	free(text);
	vm->qmp_owed++;
}

const char *vm_qmp(struct vm *vm, const char *command) {
	vm_qmp_send(vm, command);
	while (vm->qmp_owed > 1) {
		qmp_answer(vm);
		vm->qmp_owed--;
	}
	vm->qmp_owed = 0;
	return qmp_answer(vm);
}

const char *vm_hmp(struct vm *vm, const char *command) {
	char text[512];
	snprintf(text, sizeof(text),
		"{'execute':'human-monitor-command','arguments':{'command-line':'%s'}}", command);
	return vm_qmp(vm, text);
}

void vm_wait_event(struct vm *vm, const char *event) {
	char want[96];
	snprintf(want, sizeof(want), "\"event\": \"%s\"", event);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (vm->events_fill == 0 || strstr(vm->events, want) == NULL) {
		if (!read_line(vm, vm->qmp, deadline)) {
			show_log(vm);
			fail_msg("no event %s", event);
		}
		if (strstr(vm->line, "\"return\"") != NULL && vm->qmp_owed > 0) {
			vm->qmp_owed--;
		}
		keep_event(vm);
	}
	vm->events_fill = 0;
	vm->events[0] = '\0';
}

// For what has no event to wait for: looked at every few ms until a deadline.
static void pause_a_little(struct vm *vm) {
	(void)wait_readable(vm, -1, vm_now_ms() + 3);
}

void vm_wait_status(struct vm *vm, const char *state) {
	char want[96];
	snprintf(want, sizeof(want), "\"status\": \"%s\"", state);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (strstr(vm_qmp(vm, "{'execute':'query-status'}"), want) == NULL) {
		if (vm_now_ms() > deadline) {
			fail_msg("the VM does not become %s: %s", state, vm->line);
		}
		pause_a_little(vm);
	}
}

void vm_start(struct vm *vm, const char *memory, const char *device, const char *const *extra) {
	vm_spawn(vm, memory, device, extra);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	if (!read_line(vm, vm->qmp, deadline)) {
		show_log(vm);
		fail_msg("QEMU does not start");
	}
	vm_qmp(vm, "{'execute':'qmp_capabilities'}");
	if (device != NULL) {
		vm_map_bar0(vm, VM_DEVFN, VM_BAR0);
	}
}

int vm_wait(struct vm *vm) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (vm->pid != 0 && waitpid(vm->pid, &vm->status, WNOHANG) == 0) {
		if (vm_now_ms() > deadline) {
			show_log(vm);
			fail_msg("QEMU does not end");
		}
		pause_a_little(vm);
	}
	vm->pid = 0;
	take_log(vm);
	if (!WIFEXITED(vm->status)) {
		show_log(vm);
		fail_msg("QEMU died of signal %d", WTERMSIG(vm->status));
	}
	return WEXITSTATUS(vm->status);
}

static void remove_dir(const char *dir) {
	DIR *d = opendir(dir);
	struct dirent *entry;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		unlinkat(dirfd(d), entry->d_name, 0);
	}
	if (d != NULL) {
		closedir(d);
	}
	rmdir(dir);
}

void vm_stop(struct vm *vm) {
	if (vm == NULL) {
		return;
	}
	bool died = false;
	if (vm->pid != 0) {
		if (waitpid(vm->pid, &vm->status, WNOHANG) == vm->pid) {
			died = WIFSIGNALED(vm->status);
		} else {
			kill(vm->pid, SIGKILL);
			waitpid(vm->pid, &vm->status, 0);
		}
	}
	if (died) {
		show_log(vm);
	}
	int fds[] = { vm->qtest, vm->qmp, vm->log };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		if (fds[i] >= 0) {
			close(fds[i]);
		}
	}
	remove_dir(vm->dir);
	int signal_number = died ? WTERMSIG(vm->status) : 0;
	free(vm->log_text);
	free(vm);
	if (died) {
		fail_msg("QEMU died of signal %d during the test", signal_number);
	}
}

static char size_letter(unsigned int size) {
	switch (size) {
	case 1:
		return 'b';
	case 2:
		return 'w';
	case 4:
		return 'l';
	default:
		return 'q';
	}
}

uint64_t vm_read(struct vm *vm, uint64_t addr, unsigned int size) {
	char line[64];
	snprintf(line, sizeof(line), "read%c 0x%llx", size_letter(size), (unsigned long long)addr);
	return strtoull(qtest_command(vm, line), NULL, 0);
}

void vm_write(struct vm *vm, uint64_t addr, unsigned int size, uint64_t value) {
	char line[96];
	snprintf(line, sizeof(line), "write%c 0x%llx 0x%llx", size_letter(size),
		(unsigned long long)addr, (unsigned long long)value);
	qtest_command(vm, line);
}

uint32_t vm_in(struct vm *vm, uint16_t port, unsigned int size) {
	char line[64];
	snprintf(line, sizeof(line), "in%c 0x%x", size_letter(size), port);
	return (uint32_t)strtoul(qtest_command(vm, line), NULL, 0);
}

void vm_out(struct vm *vm, uint16_t port, unsigned int size, uint32_t value) {
	char line[64];
	snprintf(line, sizeof(line), "out%c 0x%x 0x%x", size_letter(size), port, value);
	qtest_command(vm, line);
}

void vm_read_bytes(struct vm *vm, uint64_t addr, void *bytes, size_t size) {
	char line[96];
	uint8_t *to = bytes;
	snprintf(line, sizeof(line), "read 0x%llx 0x%zx", (unsigned long long)addr, size);
	const char *hex = qtest_command(vm, line);
	assert_true(hex[0] == '0' && hex[1] == 'x' && strlen(hex) == 2 + 2 * size);
	for (size_t i = 0; i < size; i++) {
		char digits[3] = { hex[2 + 2 * i], hex[3 + 2 * i], '\0' };
		to[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

void vm_write_bytes(struct vm *vm, uint64_t addr, const void *bytes, size_t size) {
	const uint8_t *from = bytes;
	char *line = malloc(96 + 2 * size);
	assert_non_null(line);
	int at = snprintf(line, 96, "write 0x%llx 0x%zx 0x", (unsigned long long)addr, size);
	for (size_t i = 0; i < size; i++) {
		at += snprintf(line + at, 3, "%02x", from[i]);
	}
	qtest_command(vm, line);
	free(line);
}

static void pci_select(struct vm *vm, uint8_t devfn, uint8_t reg) {
	vm_out(vm, 0xcf8, 4, 0x80000000u | (uint32_t)devfn << 8 | (reg & 0xfcu));
}

uint32_t vm_pci_read(struct vm *vm, uint8_t devfn, uint8_t reg, unsigned int size) {
	pci_select(vm, devfn, reg);
	return vm_in(vm, (uint16_t)(0xcfc + (reg & 3)), size);
}

void vm_pci_write(struct vm *vm, uint8_t devfn, uint8_t reg, unsigned int size, uint32_t value) {
	pci_select(vm, devfn, reg);
	vm_out(vm, (uint16_t)(0xcfc + (reg & 3)), size, value);
}

void vm_map_bar0(struct vm *vm, uint8_t devfn, uint32_t base) {
	vm_pci_write(vm, devfn, 0x10, 4, base);
	vm_pci_write(vm, devfn, 0x04, 2, 0x0006);
}

static uint8_t find_msi(struct vm *vm, uint8_t devfn) {
	uint8_t cap = (uint8_t)vm_pci_read(vm, devfn, 0x34, 1);
	for (unsigned int i = 0; i < 48 && cap != 0; i++) {
		if (vm_pci_read(vm, devfn, cap, 1) == 5) {
			return cap;
		}
		cap = (uint8_t)vm_pci_read(vm, devfn, (uint8_t)(cap + 1), 1);
	}
	fail_msg("no MSI capability");
	return 0;
}

void vm_msi(struct vm *vm, uint8_t devfn, uint32_t address, uint16_t data, bool on) {
	uint8_t cap = find_msi(vm, devfn);
	vm_pci_write(vm, devfn, (uint8_t)(cap + 4), 4, address);
	vm_pci_write(vm, devfn, (uint8_t)(cap + 8), 4, 0);
	vm_pci_write(vm, devfn, (uint8_t)(cap + 12), 2, data);
	vm_pci_write(vm, devfn, (uint8_t)(cap + 2), 2, on ? 1 : 0);
}

bool vm_log_has(struct vm *vm, const char *text) {
	take_log(vm);
	return vm->log_text != NULL && strstr(vm->log_text, text) != NULL;
}

unsigned int vm_log_count(struct vm *vm, const char *text) {
	take_log(vm);
	unsigned int count = 0;
	for (const char *at = vm->log_text; at != NULL && (at = strstr(at, text)) != NULL; at++) {
		count++;
	}
	return count;
}

void vm_wait_log(struct vm *vm, const char *text) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (!vm_log_has(vm, text)) {
		if (vm_now_ms() > deadline) {
			show_log(vm);
			fail_msg("QEMU never said '%s'", text);
		}
		pause_a_little(vm);
	}
}

// Names of QEMU's descriptors, for the message when their number is not what it should be.
static unsigned int list_fds(struct vm *vm, char *text, size_t size) {
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)vm->pid);
	DIR *d = opendir(path);
	assert_non_null(d);
	unsigned int count = 0;
	size_t at = 0;
	struct dirent *entry;
	text[0] = '\0';
	while ((entry = readdir(d)) != NULL) {
		char target[128];
		ssize_t n = readlinkat(dirfd(d), entry->d_name, target, sizeof(target) - 1);
		if (n < 0) {
			continue; // . and .., or closed meanwhile
		}
		target[n] = '\0';
		count++;
		if (at + sizeof(target) + 16 < size) {
			at += (size_t)snprintf(text + at, size - at, " %s=%s", entry->d_name,
				target);
		}
	}
	closedir(d);
	return count;
}

unsigned int vm_fd_count(struct vm *vm) {
	// QEMU opens and closes some of its own while it starts: the same number for a while
	// counts.
	unsigned int count = list_fds(vm, vm->fds_before, sizeof(vm->fds_before));
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	for (unsigned int same = 0; same < 5 && vm_now_ms() < deadline;) {
		pause_a_little(vm);
		unsigned int again = list_fds(vm, vm->fds_before, sizeof(vm->fds_before));
		same = again == count ? same + 1 : 0;
		count = again;
	}
	return count;
}

void vm_wait_fd_count(struct vm *vm, unsigned int count) {
	char now[sizeof(vm->fds_before)];
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (list_fds(vm, now, sizeof(now)) != count) {
		if (vm_now_ms() > deadline) {
			show_log(vm);
			fail_msg("QEMU has not %u descriptors but:%s\nbefore:%s", count, now,
				vm->fds_before);
		}
		pause_a_little(vm);
	}
}
