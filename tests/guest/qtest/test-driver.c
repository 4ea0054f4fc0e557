// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The guest driver and its scenes against stock QEMU, the shim and libpvg's device, without a vCPU:
 * what the bare guest does in seconds, in less of them and with every word of RAM in sight.
 */
#include "front.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

#define RAM_BYTES (256u << 20)

struct rig {
	struct ctx *ctx;
	struct front front;
	pid_t host;
};

static int set_up(void **state) {
	struct rig *rig = calloc(1, sizeof(*rig));
	assert_non_null(rig);
	ctx_empty((void **)&rig->ctx);
	struct vm *vm = rig->ctx->vm;
	*state = rig;
	fakehost_close(&rig->ctx->host);
	unlink(vm->socket_path);
	rig->host = fork();
	assert_true(rig->host >= 0);
	if (rig->host == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(getenv("PVG_TESTHOST"), "testhost", vm->socket_path, (char *)NULL);
		_exit(127);
	}
	const char *const extra[] = { "-bios", ctx_halting_firmware(rig->ctx), NULL };
	vm_start(vm, VM_MEMORY_256M, "displays=2", extra);
	vm_qmp(vm, "{'execute':'cont'}");
	vm_wait_log(vm, "connected to the host");
	front_init(&rig->front, vm, RAM_BYTES, PVG_DRV_MACOS13);
	return 0;
}

static int tear_down(void **state) {
	struct rig *rig = *state;
	bool died = waitpid(rig->host, NULL, WNOHANG) != 0;
	if (!died) {
		kill(rig->host, SIGKILL);
		waitpid(rig->host, NULL, 0);
	}
	front_finish(&rig->front);
	ctx_teardown((void **)&rig->ctx);
	free(rig);
	if (died) {
		fail_msg("the host died during the test");
	}
	return 0;
}

// Runs a scene and shows what it said when it did not end well.
static void run_scene(struct rig *rig, const char *words) {
	struct pvg_scene_config config;
	pvg_scene_defaults(&config);
	assert_true(pvg_scene_parse(&config, words));
	rig->front.drv.style = config.style;
	if (!pvg_scene_run(&rig->front.env, &config)) {
		fail_msg("%s", rig->front.text);
	}
}

static void the_driver_attaches(void **state) {
	struct rig *rig = *state;
	struct pvg_drv *drv = &rig->front.drv;
	uint32_t samples;
	assert_true(pvg_drv_attach(drv));
	assert_int_equal(drv->version, 4);
	assert_int_equal(drv->port_count, 2);
	assert_true(pvg_drv_info(drv, 1, &samples)); // MSAASamples must be there and at least 1
	assert_in_range(samples, 1, 16);
	assert_false(pvg_drv_info(drv, 18, &samples)); // not below this guest's limit
	assert_int_equal(drv->stats.faults, 0);
}

static void frames_are_paced(void **state) {
	struct rig *rig = *state;
	run_scene(rig, "scene=barcode seconds=2 mode=320x200");
	const struct pvg_drv_port *port = &rig->front.drv.ports[0];
	assert_true(port->presents > 10);
	assert_int_equal(port->stale_events, 0);
	assert_int_equal(port->offline_events, 0);
	assert_int_equal(port->transaction_events, 0);
	// Never more refreshes than presents asked for: one is armed after each.
	assert_true(port->vbl_events <= port->presents);
}

// The host of this test has one output: the other port is registered and stays dark.
static void a_port_without_an_output_stays_offline(void **state) {
	struct rig *rig = *state;
	struct pvg_drv *drv = &rig->front.drv;
	assert_true(pvg_drv_attach(drv));
	assert_true(pvg_drv_port_open(drv, 1));
	assert_true(pvg_drv_port_open(drv, 0));
	assert_true(pvg_drv_port_wait_online(drv, 0, 10000000000ll));
	assert_int_equal(drv->ports[1].online_events, 0);
	assert_int_equal(pvg_enc_page_pending(drv->ports[1].page), 0);
}

static void transactions_pace_macos11(void **state) {
	struct rig *rig = *state;
	run_scene(rig, "scene=barcode seconds=1 mode=320x200 style=macos11");
	assert_true(rig->front.drv.ports[0].transaction_events > 5);
	assert_int_equal(rig->front.drv.ports[0].vbl_events, 0);
}

static void an_idle_guest_gets_no_events(void **state) {
	run_scene(*state, "scene=idle seconds=1");
}

static void a_reset_guest_attaches_again(void **state) {
	struct rig *rig = *state;
	run_scene(rig, "scene=reset seconds=2 mode=320x200");
	assert_int_equal(rig->front.env.life, 1);
}

static void a_hostile_guest_is_answered(void **state) {
	struct rig *rig = *state;
	run_scene(rig, "scene=hostile seconds=2 seed=7 mode=320x200");
	assert_non_null(strstr(rig->front.text, "catalogue-done"));
	assert_int_equal(rig->front.env.life, 1);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		CASE(the_driver_attaches),
		CASE(frames_are_paced),
		CASE(a_port_without_an_output_stays_offline),
		CASE(transactions_pace_macos11),
		CASE(an_idle_guest_gets_no_events),
		CASE(a_reset_guest_attaches_again),
		CASE(a_hostile_guest_is_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
