// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <malloc.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire.h"

/*
 * pvg-shaderd: translates modules that nobody trusts (spec 05 §6.8). Started by client.c with a
 * socket as descriptor 3; one request, one reply. Three in a hundred damaged modules crash LLVM:
 * that ends this process and nothing else. It can open no file, reach no network, make no process
 * and map nothing executable.
 */

#define SOCKET_FD 3

static bool set_limit(int what, rlim_t value) {
	struct rlimit limit = {value, value};
	return setrlimit((__rlimit_resource_t)what, &limit) == 0;
}

static bool limit_resources(void) {
	// RLIMIT_CPU is for the whole life: the client's deadline is what bounds one module.
	return set_limit(RLIMIT_AS, UINT64_C(1) << 30) && set_limit(RLIMIT_CORE, 0) &&
		set_limit(RLIMIT_NOFILE, 16) && set_limit(RLIMIT_STACK, 64u << 20) &&
		set_limit(RLIMIT_CPU, 600);
}

static bool install_filter(void) {
	static const int allowed[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
		SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(futex),
		SCMP_SYS(madvise), SCMP_SYS(close),
		SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(lseek), SCMP_SYS(clock_gettime),
		SCMP_SYS(getrandom), SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group), SCMP_SYS(memfd_create), SCMP_SYS(ftruncate), SCMP_SYS(getpid),
		SCMP_SYS(gettid), SCMP_SYS(sched_yield),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = filter != NULL;
	for (size_t i = 0; ok && i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		ok = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) == 0;
	}
	// Memory, but never executable; seals and flags of descriptors, nothing else of fcntl.
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 0) == 0;
	// abort() raises a signal at itself: that may end us, as it means to.
	ok = ok && seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
		SCMP_A2(SCMP_CMP_EQ, SIGABRT)) == 0;
	// Who am I, where is my file: libraries ask, and live with a no.
	static const int denied[] = {
		SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(readlink),
		SCMP_SYS(ioctl),
		SCMP_SYS(prlimit64), SCMP_SYS(sysinfo), SCMP_SYS(rt_sigaction),
		SCMP_SYS(sigaltstack),
	};
	for (size_t i = 0; ok && i < sizeof(denied) / sizeof(denied[0]); i++) {
		ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0) == 0;
	}
	ok = ok && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return ok;
}

static void answer(const struct pvg_shader_request *q, size_t bytes, int module_fd,
	struct pvg_shader_reply *r, int *result_fd) {
	struct pvg_shader_status status = {0};
	struct pvg_shader_result result = {0};
	*result_fd = -1;
	*r = (struct pvg_shader_reply){.magic = PVG_SHADER_WIRE_MAGIC, .id = q->id};
	size_t size = q->module_bytes;
	void *module = MAP_FAILED;
	if (pvg_shader_request_check(q, bytes, &status) &&
		(module_fd < 0 || !pvg_shader_memfd_check(module_fd, size))) {
		pvg_shader_refuse(&status, PVG_SHADER_BAD_REQUEST, "module");
	}
	if (status.reason == PVG_SHADER_OK) {
		module = mmap(NULL, size, PROT_READ, MAP_PRIVATE, module_fd, 0);
		if (module == MAP_FAILED) {
			pvg_shader_refuse(&status, PVG_SHADER_NO_MEMORY, "module");
		}
	}
	if (status.reason == PVG_SHADER_OK && pvg_shader_translate(module, size,
			q->entry[0] != '\0' ? q->entry : NULL, &q->variant, &result, &status)) {
		*result_fd = pvg_shader_memfd(result.spirv, result.spirv_words * sizeof(uint32_t),
			result.glsl, result.glsl_bytes);
		if (*result_fd < 0) {
			pvg_shader_refuse(&status, PVG_SHADER_NO_MEMORY, "result");
		} else {
			r->spirv_words = (uint32_t)result.spirv_words;
			r->glsl_bytes = (uint32_t)result.glsl_bytes;
			r->reflection = result.reflection;
		}
	}
	r->reason = (uint32_t)status.reason;
	memcpy(r->detail, status.detail, sizeof(r->detail));
	pvg_shader_result_finish(&result);
	if (module != MAP_FAILED) {
		munmap(module, size);
	}
}

int main(int argc, char **argv) {
	if (argc > 1) {
		fputs("pvg-shaderd is started by its client, with a socket as descriptor 3\n", stderr);
		return 2;
	}
	// The filter cannot be loaded without this, and nothing may be gained by an exec.
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
			!limit_resources()) {
		perror("pvg-shaderd: limits");
		return 1;
	}
	if (!install_filter()) {
		fputs("pvg-shaderd: no seccomp filter: refusing to run\n", stderr);
		return 1;
	}
	// Memory given back after each module comes back page by page: keep it.
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_TOP_PAD, 4 << 20);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	static struct pvg_shader_request request;
	static struct pvg_shader_reply reply;
	for (;;) {
		int module_fd, result_fd;
		long n = pvg_shader_receive(SOCKET_FD, &request, sizeof(request), &module_fd);
		if (n <= 0) {
			return n < 0;
		}
		answer(&request, (size_t)n, module_fd, &reply, &result_fd);
		bool sent = pvg_shader_send(SOCKET_FD, &reply, sizeof(reply), result_fd);
		if (module_fd >= 0) {
			close(module_fd);
		}
		if (result_fd >= 0) {
			close(result_fd);
		}
		if (!sent) {
			return 1;
		}
	}
}
