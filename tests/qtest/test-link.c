// SPDX-License-Identifier: GPL-2.0-or-later
// The connection: greeting, reconnection, resets, what is carried over (spec 06 sections 6.1, 6.4).
#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void hello_describes_the_device(void **state) {
	struct ctx *ctx = *state;
	static const char *const extra[] = { "-uuid", "01020304-0506-0708-090a-0b0c0d0e0f10",
		NULL };
	ctx_start(ctx, "name=first,displays=2", extra);
	const struct pvg_link_hello *hello = &ctx->link.hello;
	static const uint8_t uuid[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	assert_int_equal(hello->magic, PVG_LINK_MAGIC);
	assert_int_equal(hello->major, PVG_LINK_MAJOR);
	assert_int_equal(hello->qemu_version >> 16, 10);
	assert_int_equal(hello->page_shift, 12);
	assert_int_equal(hello->bar0_size, 0x4000);
	assert_int_equal(hello->displays, 2);
	assert_int_equal(hello->zero, 0);
	assert_string_equal(hello->name, "first");
	assert_memory_equal(hello->uuid, uuid, sizeof(uuid));
	assert_int_equal((uint32_t)hello->epoch, atomic_load(&ctx->link.page->epoch));
	assert_int_equal(hello->features & PVG_LINK_FEATURE_JOURNAL, 0);
	assert_int_equal(hello->features & PVG_LINK_FEATURE_BOOT_FB, 0);
	assert_int_equal(hello->features & PVG_LINK_FEATURE_DOORBELL_EVENTFD, 0);
	assert_int_equal(ctx->link.mem_generation, atomic_load(&ctx->link.page->mem_generation));
	assert_int_equal(fcntl(ctx->link.shm, F_GET_SEALS),
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	// Not told by the user, so not told to the host.
	assert_int_equal(ctx->link.modes_messages, 0);
}

static void modes_given_by_the_user_reach_the_host(void **state) {
	struct ctx *ctx = *state;
	char json[512];
	snprintf(json, sizeof(json),
		"{\"driver\":\"apple-gfx-pci\",\"addr\":\"5\",\"socket\":\"%s\","
		"\"display-modes\":[\"2560x1440@60\",\"1x65535@144\"]}",
		ctx->vm->socket_path);
	const char *const extra[] = { "-device", json, NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, NULL, extra);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(ctx->link.modes_messages, 1);
	assert_int_equal(ctx->link.mode_count, 2);
	assert_int_equal(ctx->link.modes[0].width, 2560);
	assert_int_equal(ctx->link.modes[0].height, 1440);
	assert_int_equal(ctx->link.modes[0].hz, 60);
	assert_int_equal(ctx->link.modes[1].width, 1);
	assert_int_equal(ctx->link.modes[1].height, 65535);
	assert_int_equal(ctx->link.modes[1].hz, 144);
}

static void a_guest_can_start_before_the_host(void **state) {
	struct ctx *ctx = *state;
	fakehost_close(&ctx->host);
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	vm_wait_log(ctx->vm, "waiting for a host");
	vm_set_reg(ctx->vm, 0x1034, 6);
	assert_int_equal(vm_reg(ctx->vm, 0x1034), 6);
	vm_set_reg(ctx->vm, 0x101c, 0x20);
	vm_set_reg(ctx->vm, 0x1030, 0x10);
	vm_set_reg(ctx->vm, 0x1004, 0x10000);
	vm_set_reg(ctx->vm, 0x1010, 0x1000);
	vm_set_reg(ctx->vm, 0x1000, 1);
	vm_set_reg(ctx->vm, 0x1008, 0x10);
	vm_set_reg(ctx->vm, 0x1020, 5);
	vm_set_reg(ctx->vm, 0x1220, 1);
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	fakehost_attach(&ctx->host, &ctx->link);
	struct pvg_link_page *page = ctx->link.page;
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_int_equal(atomic_load(&page->mirror[0x34 / 4]), 6);
	assert_int_equal(atomic_load(&page->mirror[0x1c / 4]), 0x20);
	assert_int_equal(atomic_load(&page->mirror[0x30 / 4]), 0x10);
	assert_int_equal(atomic_load(&page->mirror[0x04 / 4]), 0x10000);
	assert_int_equal(atomic_load(&page->mirror[0x10 / 4]), 0x1000);
	assert_int_equal(atomic_load(&page->mirror[0]), 1);
	assert_int_equal(atomic_load(&page->fifo_written), 0x10);
	assert_int_equal(atomic_load(&page->child_doorbells), 1u << 5);
	assert_int_equal(atomic_load(&page->cursor_kicks), 1u << 1);
}

static void waiting_for_a_host_is_told_once(void **state) {
	struct ctx *ctx = *state;
	fakehost_close(&ctx->host);
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	vm_wait_log(ctx->vm, "waiting for a host");
	struct pollfd none = { .fd = -1 };
	poll(&none, 1, 700); // three more tries
	assert_int_equal(vm_log_count(ctx->vm, "waiting for a host"), 1);
}

static void each_connection_has_its_own_page_and_eventfds(void **state) {
	struct ctx *ctx = *state;
	// The old host keeps everything but the socket, and goes on writing.
	struct fakelink old = ctx->link;
	struct pvg_link_page *page = old.page;
	uint64_t gen = atomic_load(&page->fifo_gen);
	atomic_store(&page->fifo_read, gen << 32 | 0x40);
	close(old.sock);
	memset(&ctx->link, 0xff, sizeof(ctx->link));
	fakehost_attach(&ctx->host, &ctx->link);
	old.sock = -1;
	assert_true(ctx->link.page != page);
	atomic_fetch_or(&page->intr_gpu, 0xff);
	atomic_store(&page->fifo_read, gen << 32 | 0x666);
	atomic_store(&page->mirror[0x208 / 4], 0x666);
	pvg_link_signal(old.irq);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x40);
	assert_int_equal(vm_reg(ctx->vm, 0x1208), 0);
	// And it does not hear the guest any more.
	fakelink_rung(&old, 0);
	fakelink_rung(&ctx->link, 0);
	vm_set_reg(ctx->vm, 0x1020, 3);
	assert_true(fakelink_rung(&ctx->link, 1000));
	assert_false(fakelink_rung(&old, 0));
	assert_int_equal(atomic_load(&page->child_doorbells), 0);
	fakelink_close(&old);
}

static void what_the_guest_depends_on_is_carried_to_the_next_page(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	vm_set_reg(ctx->vm, 0x1000, 1);
	vm_set_reg(ctx->vm, 0x1008, 0x80);
	vm_set_reg(ctx->vm, 0x1020, 9);
	vm_set_reg(ctx->vm, 0x1220, 2);
	vm_set_reg(ctx->vm, 0x1210, 0x1234000);
	uint64_t gen = atomic_load(&page->fifo_gen);
	atomic_store(&page->fifo_read, gen << 32 | 0x70);
	for (uint64_t i = 0; i < PVG_LINK_CHANNELS; i++) {
		atomic_store(&page->taken[i], i << 32 | (i + 100));
	}
	atomic_fetch_or(&page->intr_gpu, 0x12); // ORed, and died before the signal
	atomic_fetch_or(&page->intr_disp, 0x1);
	fakelink_close(&ctx->link);
	vm_wait_log(ctx->vm, "it is gone");
	// Without any host:
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x70);
	assert_int_equal(vm_reg(ctx->vm, 0x1014), 1);
	vm_set_reg(ctx->vm, 0x1020, 4);
	fakehost_attach(&ctx->host, &ctx->link);
	page = ctx->link.page;
	assert_int_equal(vm_reg(ctx->vm, 0x100c), 0x70);
	assert_int_equal(atomic_load(&page->fifo_gen), gen);
	assert_int_equal(atomic_load(&page->fifo_written), 0x80);
	assert_int_equal(atomic_load(&page->child_doorbells), 1u << 9 | 1u << 4);
	assert_int_equal(atomic_load(&page->cursor_kicks), 1u << 2);
	assert_int_equal(atomic_load(&page->mirror[0x210 / 4]), 0x1234000);
	assert_int_equal(atomic_load(&page->ring_head), 0);
	for (uint64_t i = 0; i < PVG_LINK_CHANNELS; i++) {
		assert_true(atomic_load(&page->taken[i]) == (i << 32 | (i + 100)));
	}
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0x12);
	assert_true(fakelink_rung(&ctx->link, 1000));
}

static void wait_page_epoch(struct fakelink *link, uint32_t epoch) {
	fakelink_wait(link, &link->resets, 1);
	assert_int_equal(atomic_load(&link->page->epoch), epoch);
}

static void a_reset_returns_only_when_the_host_let_go(void **state) {
	struct ctx *ctx = *state;
	struct pvg_link_page *page = ctx->link.page;
	uint32_t epoch = atomic_load(&page->epoch), gen = atomic_load(&page->fifo_gen);
	vm_set_reg(ctx->vm, 0x1000, 1);
	vm_set_reg(ctx->vm, 0x1008, 0x10);
	vm_set_reg(ctx->vm, 0x1020, 1);
	vm_set_reg(ctx->vm, 0x2000, 1);
	fakelink_interrupt(&ctx->link, 1, 1);
	gen = atomic_load(&page->fifo_gen);
	fakelink_rung(&ctx->link, 0);
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	wait_page_epoch(&ctx->link, epoch + 1);
	assert_int_equal(ctx->link.reset.epoch_low, epoch + 1);
	assert_int_equal(ctx->link.reset.epoch_high, 0);
	assert_int_equal(ctx->link.reset.kind, 0);
	assert_int_equal(atomic_load(&page->fifo_gen), gen + 1);
	assert_int_equal(atomic_load(&page->intr_gpu), 0);
	assert_int_equal(atomic_load(&page->fifo_written), 0);
	assert_int_equal(atomic_load(&page->child_doorbells), 0);
	assert_int_equal(atomic_load(&page->mirror[0]), 0);
	assert_true(fakelink_rung(&ctx->link, 1000));
	// QEMU stands still: guest memory may not be reused yet.
	vm_qtest_send(ctx->vm, "readl 0x100000");
	assert_false(vm_qtest_answer(ctx->vm, 150));
	fakelink_take_epoch(&ctx->link);
	assert_true(vm_qtest_answer(ctx->vm, VM_DEADLINE_MS));
	vm_map_bar0(ctx->vm, VM_DEVFN, VM_BAR0);
	assert_int_equal(vm_reg(ctx->vm, 0x1000), 0);
	assert_int_equal(vm_reg(ctx->vm, 0x2000), 0);
	// The connection is kept.
	vm_set_reg(ctx->vm, 0x1020, 1);
	assert_true(fakelink_rung(&ctx->link, 1000));
}

static void a_host_that_does_not_let_go_is_given_up_after_a_second(void **state) {
	struct ctx *ctx = *state;
	struct fakelink old = ctx->link;
	uint32_t epoch = atomic_load(&old.page->epoch);
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	wait_page_epoch(&old, epoch + 1);
	int64_t start = vm_now_ms();
	vm_wait_log(ctx->vm, "did not let go of the old guest within 1 s");
	memset(&ctx->link, 0xff, sizeof(ctx->link));
	assert_in_range(vm_now_ms() - start, 700, VM_DEADLINE_MS);
	vm_map_bar0(ctx->vm, VM_DEVFN, VM_BAR0);
	// Its late bits land where nobody looks.
	atomic_store(&old.page->epoch_seen, epoch + 1);
	atomic_fetch_or(&old.page->intr_gpu, 0xff);
	assert_int_equal(vm_reg(ctx->vm, 0x1018), 0);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_true(ctx->link.hello.epoch == epoch + 1);
	fakelink_wait_eof(&old);
	fakelink_close(&old);
}

static void a_host_that_dies_during_a_reset_does_not_hold_it_up(void **state) {
	struct ctx *ctx = *state;
	uint32_t epoch = atomic_load(&ctx->link.page->epoch);
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	wait_page_epoch(&ctx->link, epoch + 1);
	fakelink_close(&ctx->link);
	vm_wait_log(ctx->vm, "went away during a reset");
	assert_false(vm_log_has(ctx->vm, "did not let go"));
	fakehost_attach(&ctx->host, &ctx->link);
	assert_true(ctx->link.hello.epoch == epoch + 1);
}

static void a_reset_without_a_host_bumps_the_epoch_all_the_same(void **state) {
	struct ctx *ctx = *state;
	uint64_t epoch = ctx->link.hello.epoch;
	vm_set_reg(ctx->vm, 0x1208, 5);
	fakelink_close(&ctx->link);
	fakehost_close(&ctx->host);
	vm_wait_log(ctx->vm, "it is gone");
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	vm_wait_event(ctx->vm, "RESET");
	vm_map_bar0(ctx->vm, VM_DEVFN, VM_BAR0);
	assert_int_equal(vm_reg(ctx->vm, 0x1208), 0);
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_true(ctx->link.hello.epoch == epoch + 1);
}

static void a_host_without_a_table_holds_no_reset_up(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	fakehost_accept(&ctx->host, &ctx->link);
	fakelink_hello(&ctx->link); // and no WELCOME
	uint32_t epoch = atomic_load(&ctx->link.page->epoch);
	vm_qmp_send(ctx->vm, "{'execute':'system_reset'}");
	wait_page_epoch(&ctx->link, epoch + 1);
	vm_wait_event(ctx->vm, "RESET");
	fakelink_welcome(&ctx->link);
	fakelink_wait(&ctx->link, &ctx->link.runstates, 1);
}

static void a_host_that_never_welcomes_is_given_up(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	fakehost_accept(&ctx->host, &ctx->link);
	fakelink_hello(&ctx->link);
	fakelink_wait_eof(&ctx->link);
	vm_wait_log(ctx->vm, "no WELCOME within 5 s");
	fakelink_close(&ctx->link);
	fakehost_attach(&ctx->host, &ctx->link);
}

static void a_host_that_hangs_up_on_hello_is_told_once(void **state) {
	struct ctx *ctx = *state;
	vm_start(ctx->vm, VM_MEMORY_256M, "", NULL);
	for (unsigned int i = 0; i < 4; i++) {
		fakehost_accept(&ctx->host, &ctx->link);
		fakelink_hello(&ctx->link);
		fakelink_close(&ctx->link);
	}
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(vm_log_count(ctx->vm, "it is gone"), 1);
	// Once it was live, the next loss is news again.
	fakelink_close(&ctx->link);
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(vm_log_count(ctx->vm, "it is gone"), 2);
}

static void the_journal_is_kept_for_the_next_host(void **state) {
	struct ctx *ctx = *state;
	int first = fake_memfd(8192, 0x11, F_SEAL_SHRINK | F_SEAL_GROW);
	int second = fake_memfd(4096, 0x22, F_SEAL_SHRINK | F_SEAL_GROW);
	struct pvg_link_journal journal = { .state_token = 1 };
	unsigned int fds = vm_fd_count(ctx->vm);
	fakelink_send(&ctx->link, PVG_LINK_JOURNAL, &journal, sizeof(journal), &first, 1);
	vm_wait_fd_count(ctx->vm, fds + 1);
	// A newer one replaces it, and the old one is closed.
	journal.state_token = 2;
	fakelink_send(&ctx->link, PVG_LINK_JOURNAL, &journal, sizeof(journal), &second, 1);
	for (unsigned int round = 0; round < 2; round++) {
		ctx_reconnect(ctx);
		vm_wait_fd_count(ctx->vm, fds + 1);
		assert_true((ctx->link.hello.features & PVG_LINK_FEATURE_JOURNAL) != 0);
		uint8_t byte = 0;
		assert_int_equal(pread(ctx->link.journal, &byte, 1, 0), 1);
		assert_int_equal(byte, 0x22);
		assert_int_equal(lseek(ctx->link.journal, 0, SEEK_END), 4096);
	}
	close(first);
	close(second);
}

static void quitting_says_bye(void **state) {
	struct ctx *ctx = *state;
	vm_qmp(ctx->vm, "{'execute':'quit'}");
	fakelink_wait(&ctx->link, &ctx->link.byes, 1);
	assert_int_equal(ctx->link.bye.reason, PVG_LINK_BYE_QUIT);
	assert_int_equal(vm_wait(ctx->vm), 0);
}

static void a_guest_that_shuts_down_says_bye(void **state) {
	struct ctx *ctx = *state;
	// What firmware does: place the ACPI block at 0x600 and enable it; then S5.
	vm_pci_write(ctx->vm, 0xf8, 0x40, 4, 0x601);
	vm_pci_write(ctx->vm, 0xf8, 0x44, 1, 0x80);
	vm_out(ctx->vm, 0x604, 2, 0x2000);
	fakelink_wait(&ctx->link, &ctx->link.byes, 1);
	assert_int_equal(ctx->link.bye.reason, PVG_LINK_BYE_SHUTDOWN);
	assert_int_equal(vm_wait(ctx->vm), 0);
}

static void stop_and_cont_reach_the_host(void **state) {
	struct ctx *ctx = *state;
	const char *const extra[] = { "-bios", ctx_halting_firmware(ctx), NULL };
	ctx_start(ctx, "", extra);
	assert_int_equal(ctx->link.runstate.running, 0);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	fakelink_wait(&ctx->link, &ctx->link.runstates, 2);
	assert_int_equal(ctx->link.runstate.running, 1);
	vm_qmp(ctx->vm, "{'execute':'stop'}");
	fakelink_wait(&ctx->link, &ctx->link.runstates, 3);
	assert_int_equal(ctx->link.runstate.running, 0);
	assert_int_equal(ctx->link.runstate.reason, PVG_LINK_RUN_PAUSED);
}

static void send_power(struct ctx *ctx, uint32_t what) {
	struct pvg_link_power power = { .what = what };
	fakelink_send(&ctx->link, PVG_LINK_POWER, &power, sizeof(power), NULL, 0);
}

static void power_presses_the_button_resets_and_quits(void **state) {
	struct ctx *ctx = *state;
	uint32_t epoch = atomic_load(&ctx->link.page->epoch);
	send_power(ctx, PVG_LINK_POWER_BUTTON);
	vm_wait_event(ctx->vm, "POWERDOWN");
	send_power(ctx, PVG_LINK_POWER_RESET);
	wait_page_epoch(&ctx->link, epoch + 1);
	fakelink_take_epoch(&ctx->link);
	vm_wait_event(ctx->vm, "RESET");
	send_power(ctx, PVG_LINK_POWER_QUIT);
	fakelink_wait(&ctx->link, &ctx->link.byes, 1);
	assert_int_equal(vm_wait(ctx->vm), 0);
}

static void losing_the_host_leaves_the_vm_running_by_default(void **state) {
	struct ctx *ctx = *state;
	const char *const extra[] = { "-bios", ctx_halting_firmware(ctx), NULL };
	ctx_start(ctx, "on-disconnect=continue", extra);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	vm_wait_status(ctx->vm, "running");
	fakelink_close(&ctx->link);
	vm_wait_log(ctx->vm, "it is gone");
	vm_wait_status(ctx->vm, "running");
}

static void on_disconnect_pause_pauses_and_resumes(void **state) {
	struct ctx *ctx = *state;
	const char *const extra[] = { "-bios", ctx_halting_firmware(ctx), NULL };
	ctx_start(ctx, "on-disconnect=pause", extra);
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	vm_wait_status(ctx->vm, "running");
	fakelink_close(&ctx->link);
	vm_wait_status(ctx->vm, "paused");
	fakehost_attach(&ctx->host, &ctx->link);
	vm_wait_status(ctx->vm, "running");
	// Paused by the user while the host was away: the host's return is not a cont.
	fakelink_close(&ctx->link);
	vm_wait_status(ctx->vm, "paused");
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	vm_wait_status(ctx->vm, "running");
	vm_qmp(ctx->vm, "{'execute':'stop'}");
	fakehost_attach(&ctx->host, &ctx->link);
	assert_int_equal(ctx->link.runstate.running, 0);
	vm_wait_status(ctx->vm, "paused");
}

static void on_disconnect_pause_waits_for_the_first_host(void **state) {
	struct ctx *ctx = *state;
	const char *const extra[] = { "-bios", ctx_halting_firmware(ctx), NULL };
	fakehost_close(&ctx->host);
	vm_start(ctx->vm, VM_MEMORY_256M, "on-disconnect=pause", extra);
	vm_wait_log(ctx->vm, "waiting for a host");
	vm_qmp(ctx->vm, "{'execute':'cont'}");
	vm_wait_status(ctx->vm, "paused");
	fakehost_listen(&ctx->host, ctx->vm->socket_path);
	fakehost_attach(&ctx->host, &ctx->link);
	vm_wait_status(ctx->vm, "running");
}

static void on_disconnect_shutdown_ends_qemu(void **state) {
	struct ctx *ctx = *state;
	ctx_start(ctx, "on-disconnect=shutdown", NULL);
	fakelink_close(&ctx->link);
	vm_wait(ctx->vm);
}

static void two_devices_have_a_name_and_a_connection_each(void **state) {
	struct ctx *ctx = *state;
	char second_device[256];
	snprintf(second_device, sizeof(second_device), "apple-gfx-pci,addr=6,socket=%s",
		ctx->vm->socket_path);
	const char *const extra[] = { "-device", second_device, NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, "", extra);
	vm_map_bar0(ctx->vm, 0x30, VM_BAR0 + 0x10000);
	struct fakelink other;
	fakehost_attach(&ctx->host, &ctx->link);
	fakehost_attach(&ctx->host, &other);
	assert_string_not_equal(ctx->link.hello.name, other.hello.name);
	bool swapped = strcmp(ctx->link.hello.name, "vm") != 0;
	struct fakelink *first = swapped ? &other : &ctx->link;
	struct fakelink *second = swapped ? &ctx->link : &other;
	vm_set_reg(ctx->vm, 0x1208, 11);
	vm_write(ctx->vm, VM_BAR0 + 0x10000 + 0x1208, 4, 22);
	assert_int_equal(atomic_load(&first->page->mirror[0x208 / 4]), 11);
	assert_int_equal(atomic_load(&second->page->mirror[0x208 / 4]), 22);
	// One host dying does not touch the other device.
	fakelink_close(first);
	vm_wait_log(ctx->vm, "it is gone");
	fakelink_rung(second, 0);
	vm_write(ctx->vm, VM_BAR0 + 0x10000 + 0x1020, 4, 1);
	assert_true(fakelink_rung(second, 1000));
	fakelink_close(second);
}

static void an_unknown_message_that_is_not_critical_is_left_out(void **state) {
	struct ctx *ctx = *state;
	// Unknown but not critical: left out, with its descriptors closed.
	struct pvg_link_header header = { .type = 0x7f, .nfds = 2 };
	int fds[2] = { fake_memfd(4096, 0, 0), fake_memfd(4096, 0, 0) };
	unsigned int count = vm_fd_count(ctx->vm);
	fakelink_send_raw(&ctx->link, &header, sizeof(header), fds, 2);
	vm_wait_log(ctx->vm, "message left out: unknown message type");
	vm_wait_fd_count(ctx->vm, count);
	assert_false(fakelink_receive(&ctx->link, 0));
	assert_false(ctx->link.eof);
	close(fds[0]);
	close(fds[1]);
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_EMPTY(hello_describes_the_device),
		TEST_EMPTY(modes_given_by_the_user_reach_the_host),
		TEST_EMPTY(a_guest_can_start_before_the_host),
		TEST_EMPTY(waiting_for_a_host_is_told_once),
		TEST_STARTED(each_connection_has_its_own_page_and_eventfds),
		TEST_STARTED(what_the_guest_depends_on_is_carried_to_the_next_page),
		TEST_STARTED(a_reset_returns_only_when_the_host_let_go),
		TEST_STARTED(a_host_that_does_not_let_go_is_given_up_after_a_second),
		TEST_STARTED(a_host_that_dies_during_a_reset_does_not_hold_it_up),
		TEST_STARTED(a_reset_without_a_host_bumps_the_epoch_all_the_same),
		TEST_EMPTY(a_host_without_a_table_holds_no_reset_up),
		TEST_EMPTY(a_host_that_never_welcomes_is_given_up),
		TEST_EMPTY(a_host_that_hangs_up_on_hello_is_told_once),
		TEST_STARTED(the_journal_is_kept_for_the_next_host),
		TEST_STARTED(quitting_says_bye),
		TEST_STARTED(a_guest_that_shuts_down_says_bye),
		TEST_EMPTY(stop_and_cont_reach_the_host),
		TEST_STARTED(power_presses_the_button_resets_and_quits),
		TEST_EMPTY(losing_the_host_leaves_the_vm_running_by_default),
		TEST_EMPTY(on_disconnect_pause_pauses_and_resumes),
		TEST_EMPTY(on_disconnect_pause_waits_for_the_first_host),
		TEST_EMPTY(on_disconnect_shutdown_ends_qemu),
		TEST_EMPTY(two_devices_have_a_name_and_a_connection_each),
		TEST_STARTED(an_unknown_message_that_is_not_critical_is_left_out),
	};
	return cmocka_run_group_tests_name("qtest link", tests, NULL, NULL);
}
