// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interrupt without a guest CPU: the message's address points into RAM and is read back (spec
 * 06 section 12.1). TCG has no irqfd, so this is the way by the main loop; the irqfd is tested by
 * the bare guest.
 */
#include "fixture.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define MSI_ADDRESS 0x200000u
#define MSI_DATA 0x4321u

static uint32_t message(struct ctx *ctx) {
	return (uint32_t)vm_read(ctx->vm, MSI_ADDRESS, 4);
}

static void wait_message(struct ctx *ctx) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (message(ctx) != MSI_DATA) {
		if (vm_now_ms() > deadline) {
			fail_msg("the message did not come");
		}
	}
	vm_write(ctx->vm, MSI_ADDRESS, 4, 0);
}

/*
 * The main loop handles the eventfd and qtest commands in turn, so an interrupt that is to come is
 * there after a few commands; a short wait makes sure.
 */
static void expect_no_message(struct ctx *ctx) {
	struct pollfd none = { .fd = -1 };
	for (int i = 0; i < 5; i++) {
		assert_int_equal(message(ctx), 0);
		poll(&none, 1, 10);
	}
}

static void a_signal_becomes_a_message(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	expect_no_message(ctx);
	fakelink_interrupt(&ctx->link, 1, 0);
	wait_message(ctx);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 1);
	// Again, and with the other word.
	fakelink_interrupt(&ctx->link, 0, 1);
	wait_message(ctx);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 1);
}

static void a_signal_that_was_dropped_is_made_up_for_when_msi_comes_on(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, false);
	fakelink_interrupt(&ctx->link, 1, 0);
	expect_no_message(ctx);
	assert_false(pvg_link_drain(ctx->link.irq)); // QEMU read and dropped it
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	wait_message(ctx);
}

static void enabling_msi_with_nothing_pending_is_silent(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	expect_no_message(ctx);
}

static void a_reset_silences_the_interrupt(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	fakelink_wait(&ctx->link, &ctx->link.resets, 1);
	pvg_link_signal(ctx->link.irq); // late, from the life before
	fakelink_take_epoch(&ctx->link);
	vm_wait_event(ctx->vm, "RESET");
	expect_no_message(ctx);
	vm_map_bar0(ctx->vm, VM_DEVFN, VM_BAR0);
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	expect_no_message(ctx);
	fakelink_interrupt(&ctx->link, 2, 0);
	wait_message(ctx);
}

static void a_host_that_died_between_bit_and_signal_loses_no_interrupt(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	atomic_fetch_or(&ctx->link.page->intr_gpu, 4);
	fakehost_close(&ctx->host);
	fakelink_close(&ctx->link);
	wait_message(ctx); // at the loss, with no host far and wide
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	fakehost_attach(&ctx->host, &ctx->link);
	wait_message(ctx); // at the connection: nobody read the status yet
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 4);
	ctx_reconnect(ctx);
	expect_no_message(ctx);
}

static void the_message_follows_its_registers(void **state) {
	struct ctx *ctx = *state;
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS, 1, true);
	vm_msi(ctx->vm, VM_DEVFN, MSI_ADDRESS + 0x1000, MSI_DATA, true);
	fakelink_interrupt(&ctx->link, 1, 0);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (vm_read(ctx->vm, MSI_ADDRESS + 0x1000, 4) != MSI_DATA) {
		assert_true(vm_now_ms() < deadline);
	}
	assert_int_equal(message(ctx), 0);
}

static void irqfd_off_works_the_same(void **state) {
	struct ctx *ctx = *state;
	ctx_start(ctx, "irqfd=off", NULL);
	assert_int_equal(ctx->link.hello.features & PVG_LINK_FEATURE_IRQFD, 0);
	a_signal_becomes_a_message(state);
}

static void the_capability_is_one_vector_of_64_bit_without_mask(void **state) {
	struct ctx *ctx = *state;
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x00, 4), 0xeeee106b);
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x08, 4) >> 16, 0x0380);
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x3d, 1), 0); // no INTx
	bool msi = false, express = false;
	for (uint8_t cap = (uint8_t)vm_pci_read(ctx->vm, VM_DEVFN, 0x34, 1); cap != 0;
		cap = (uint8_t)vm_pci_read(ctx->vm, VM_DEVFN, (uint8_t)(cap + 1), 1)) {
		uint8_t id = (uint8_t)vm_pci_read(ctx->vm, VM_DEVFN, cap, 1);
		if (id == 5) {
			uint32_t control = vm_pci_read(ctx->vm, VM_DEVFN, (uint8_t)(cap + 2), 2);
			assert_int_equal(control >> 1 & 7, 0);   // one vector
			assert_int_equal(control >> 7 & 1, 1);   // 64 bit
			assert_int_equal(control >> 8 & 1, 0);   // no mask
			msi = true;
		}
		if (id == 0x10) {
			assert_int_equal(cap, 0x80);
			express = true;
		}
	}
	assert_true(msi);
	assert_true(express); // pcie.0
	vm_pci_write(ctx->vm, VM_DEVFN, 0x10, 4, 0xffffffff);
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x10, 4), 0xffffc000); // 16 KiB, 32 bit
	vm_pci_write(ctx->vm, VM_DEVFN, 0x14, 4, 0xffffffff);
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x14, 4), 0); // no ROM, no BAR1
}

static void a_conventional_bus_shows_no_express_capability(void **state) {
	struct ctx *ctx = *state;
	char device[256];
	snprintf(device, sizeof(device), "apple-gfx-pci,bus=br,addr=0,socket=%s",
		ctx->vm->socket_path);
	const char *const extra[] = { "-device", "pci-bridge,id=br,chassis_nr=5,addr=1e.0",
		"-device", device, NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	fakehost_attach(&ctx->host, &ctx->link);
	// Firmware's part: bus 1 behind the bridge, its window over the BAR.
	uint8_t bridge = 0x1e << 3;
	vm_pci_write(ctx->vm, bridge, 0x18, 4, 0x00010100);
	vm_pci_write(ctx->vm, bridge, 0x20, 4, 0xfe00fe00);
	vm_pci_write(ctx->vm, bridge, 0x04, 2, 6);
	vm_out(ctx->vm, 0xcf8, 4, 0x80010000);
	assert_int_equal(vm_in(ctx->vm, 0xcfc, 4), 0xeeee106b);
	vm_out(ctx->vm, 0xcf8, 4, 0x80010034);
	uint8_t cap = (uint8_t)vm_in(ctx->vm, 0xcfc, 1);
	while (cap != 0) {
		vm_out(ctx->vm, 0xcf8, 4, 0x80010000u | (cap & 0xfcu));
		uint32_t word = vm_in(ctx->vm, 0xcfc, 4);
		assert_true((word & 0xff) != 0x10);
		cap = (uint8_t)(word >> 8);
	}
	vm_out(ctx->vm, 0xcf8, 4, 0x80010010);
	vm_out(ctx->vm, 0xcfc, 4, VM_BAR0);
	vm_out(ctx->vm, 0xcf8, 4, 0x80010004);
	vm_out(ctx->vm, 0xcfc, 2, 6);
	assert_int_equal(vm_reg(ctx->vm, 0x1204), 1);
}

static void an_ioeventfd_doorbell_rings_without_naming_the_channel(void **state) {
	struct ctx *ctx = *state;
	ctx_start(ctx, "doorbell-eventfd=on", NULL);
	for (unsigned int round = 0; round < 2; round++) {
		assert_true((ctx->link.hello.features & PVG_LINK_FEATURE_DOORBELL_EVENTFD) != 0);
		fakelink_rung(&ctx->link, 0);
		vm_set_reg(ctx->vm, 0x1020, 5);
		assert_true(fakelink_rung(&ctx->link, 1000));
		assert_int_equal(atomic_load(&ctx->link.page->child_doorbells), 0);
		// Root doorbells and the rest keep their handler.
		vm_set_reg(ctx->vm, 0x1000, 1);
		vm_set_reg(ctx->vm, 0x1008, 0x20);
		assert_int_equal(atomic_load(&ctx->link.page->fifo_written), 0x20);
		// Without a host the handler is there, and the bit waits for the next one.
		fakelink_close(&ctx->link);
		vm_wait_log(ctx->vm, "it is gone");
		vm_set_reg(ctx->vm, 0x1020, 6);
		fakehost_attach(&ctx->host, &ctx->link);
		assert_true(fakelink_rung(&ctx->link, 1000));
		assert_int_equal(atomic_exchange(&ctx->link.page->child_doorbells, 0), 1u << 6);
	}
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_STARTED(a_signal_becomes_a_message),
		TEST_STARTED(a_signal_that_was_dropped_is_made_up_for_when_msi_comes_on),
		TEST_STARTED(enabling_msi_with_nothing_pending_is_silent),
		TEST_STARTED(a_reset_silences_the_interrupt),
		TEST_STARTED(a_host_that_died_between_bit_and_signal_loses_no_interrupt),
		TEST_STARTED(the_message_follows_its_registers),
		TEST_EMPTY(irqfd_off_works_the_same),
		TEST_STARTED(the_capability_is_one_vector_of_64_bit_without_mask),
		TEST_EMPTY(a_conventional_bus_shows_no_express_capability),
		TEST_EMPTY(an_ioeventfd_doorbell_rings_without_naming_the_channel),
	};
	return cmocka_run_group_tests_name("qtest irq", tests, NULL, NULL);
}
