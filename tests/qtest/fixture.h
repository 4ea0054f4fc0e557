// SPDX-License-Identifier: GPL-2.0-or-later
// A VM and a fake host, the usual start of a test.
#ifndef TESTS_QTEST_FIXTURE_H
#define TESTS_QTEST_FIXTURE_H

#include "fakehost.h"
#include "vm.h"

struct ctx {
	struct vm *vm;
	struct fakehost host;
	struct fakelink link;
};

// cmocka setups. ctx_empty: a folder and a listening host, no VM. ctx_started: a VM with the host
// attached. ctx_teardown fits both.
int ctx_empty(void **state);
int ctx_started(void **state);
int ctx_teardown(void **state);

// Starts the VM of an empty context and attaches.
void ctx_start(struct ctx *ctx, const char *device, const char *const *extra);
// Hangs up and attaches again.
void ctx_reconnect(struct ctx *ctx);
// Lets the vCPU run: a firmware that halts at once has to be loaded with ctx_halting_firmware.
const char *ctx_halting_firmware(struct ctx *ctx);

#define TEST_EMPTY(name) cmocka_unit_test_setup_teardown(name, ctx_empty, ctx_teardown)
#define TEST_STARTED(name) cmocka_unit_test_setup_teardown(name, ctx_started, ctx_teardown)

#endif
