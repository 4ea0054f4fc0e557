// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ADDRESS_SPACE_BYTES (UINT64_C(1) << 30)
#define STACK_BYTES (64u << 20)
#define CPU_SECONDS 600u

/* A limit that is there already and lower stays. */
static bool set_limit(int what, rlim_t value) {
	struct rlimit now;
	if (getrlimit((__rlimit_resource_t)what, &now) != 0) {
		return false;
	}
	if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value) {
		value = now.rlim_max;
	}
	struct rlimit limit = {value, value};
	return setrlimit((__rlimit_resource_t)what, &limit) == 0;
}

bool pvg_sandbox_limits(void) {
	// RLIMIT_CPU is for the whole life: the client's deadline is what bounds one module.
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		set_limit(RLIMIT_AS, ADDRESS_SPACE_BYTES) && set_limit(RLIMIT_CORE, 0) &&
		set_limit(RLIMIT_NOFILE, 16) && set_limit(RLIMIT_STACK, STACK_BYTES) &&
		set_limit(RLIMIT_CPU, CPU_SECONDS);
}

bool pvg_sandbox_namespaces(void) {
	bool ok = unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
			  CLONE_NEWNS) == 0;
	// A new user namespace comes with every capability in it, none of which is of use.
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[2] = {0};
	syscall(SYS_capset, &header, none);
	// Not to be looked into by others of the same user; also forgets whom to die with, so:
	prctl(PR_SET_DUMPABLE, 0);
	return prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ok;
}

/* struct landlock_ruleset_attr, of which older kernels and headers know the beginning. */
struct ruleset {
	uint64_t files, network, scopes;
};

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self 446
#endif

bool pvg_sandbox_landlock(void) {
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* asks for the version */);
	if (abi < 1) {
		return false;
	}
	// Rights by version: 13 kinds of access to files, then refer, truncate, ioctl of devices;
	// bind and connect of TCP; abstract sockets and signals.
	unsigned kinds = abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13;
	struct ruleset rules = {
		.files = (UINT64_C(1) << kinds) - 1,
		.network = abi >= 4 ? 3 : 0,
		.scopes = abi >= 6 ? 3 : 0,
	};
	size_t size = abi >= 6 ? sizeof(rules)
		: abi >= 4     ? offsetof(struct ruleset, scopes)
			       : offsetof(struct ruleset, network);
	int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0u);
	if (fd < 0) {
		return false;
	}
	bool ok = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
		syscall(SYS_landlock_restrict_self, fd, 0u) == 0;
	close(fd);
	return ok;
}

static bool allow(scmp_filter_ctx filter) {
	static const int calls[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
		SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(brk), SCMP_SYS(futex),
		SCMP_SYS(madvise), SCMP_SYS(close), SCMP_SYS(fstat), SCMP_SYS(newfstatat),
		SCMP_SYS(lseek), SCMP_SYS(clock_gettime), SCMP_SYS(getrandom),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(exit),
		SCMP_SYS(exit_group), SCMP_SYS(memfd_create), SCMP_SYS(ftruncate),
		SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(sched_yield),
	};
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0) {
			return false;
		}
	}
	// Memory, but never executable; seals of memory files and nothing else of fcntl.
	struct scmp_arg_cmp no_exec = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, no_exec) == 0 &&
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, no_exec) == 0 &&
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
			SCMP_A1(SCMP_CMP_EQ, F_ADD_SEALS)) == 0 &&
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
			SCMP_A1(SCMP_CMP_EQ, F_GET_SEALS)) == 0 &&
		// abort() raises a signal at itself: that may end us, as it means to.
		seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
			SCMP_A2(SCMP_CMP_EQ, SIGABRT)) == 0;
}

bool pvg_sandbox_filter(void) {
	// Who am I, where is my file: libraries ask, and live with a no.
	static const int denied[] = {
		SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(access), SCMP_SYS(readlink),
		SCMP_SYS(ioctl), SCMP_SYS(prlimit64), SCMP_SYS(sysinfo), SCMP_SYS(rt_sigaction),
		SCMP_SYS(sigaltstack),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = filter != NULL && allow(filter);
	for (size_t i = 0; ok && i < sizeof(denied) / sizeof(denied[0]); i++) {
		ok = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), denied[i], 0) == 0;
	}
	ok = ok && seccomp_load(filter) == 0;
	seccomp_release(filter);
	return ok;
}
