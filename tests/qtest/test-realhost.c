// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device of libpvg behind the shim, without a guest: qtest writes the bytes of the worked
 * example (spec 01 section 10) into guest RAM, rings, and expects stamps, status bits and messages.
 *
 * The example's memory plan begins at page 0x10 and crosses the window 0xa0000-0xfffff, which is no
 * RAM for a host (spec 06 section 7.1); here every page is 0x1000 further up.
 */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BASE 0x1000u // pages
#define PFN(n) (BASE + (n))
#define GPA(a) ((uint64_t)BASE * 0x1000 + (a))
#define MSI_ADDRESS 0x200000u
#define MSI_DATA 0x4321u

struct real {
	struct ctx *ctx;
	struct vm *vm;
	pid_t host;
	uint32_t root_written;
};

static void start_host(struct real *real) {
	fakehost_close(&real->ctx->host);
	unlink(real->vm->socket_path); // of a host that was killed
	real->host = fork();
	assert_true(real->host >= 0);
	if (real->host == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execl(getenv("PVG_TESTHOST"), "testhost", real->vm->socket_path, (char *)NULL);
		_exit(127);
	}
}

static void kill_host(struct real *real) {
	kill(real->host, SIGKILL);
	waitpid(real->host, NULL, 0);
	real->host = 0;
}

static void wait_connected(struct real *real, unsigned int times) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (vm_log_count(real->vm, "connected to the host") < times) {
		assert_true(vm_now_ms() < deadline);
		vm_reg(real->vm, 0x1204);
	}
}

static int set_up(void **state) {
	struct real *real = calloc(1, sizeof(*real));
	assert_non_null(real);
	ctx_empty((void **)&real->ctx);
	real->vm = real->ctx->vm;
	*state = real;
	start_host(real);
	const char *const extra[] = { "-bios", ctx_halting_firmware(real->ctx), NULL };
	vm_start(real->vm, VM_MEMORY_256M, "", extra);
	// A host does not drain while the VM stands still.
	vm_qmp(real->vm, "{'execute':'cont'}");
	wait_connected(real, 1);
	vm_msi(real->vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	return 0;
}

static int tear_down(void **state) {
	struct real *real = *state;
	bool died = real->host != 0 && waitpid(real->host, NULL, WNOHANG) != 0;
	if (real->host != 0 && !died) {
		kill_host(real);
	}
	ctx_teardown((void **)&real->ctx);
	free(real);
	if (died) {
		fail_msg("the host died during the test");
	}
	return 0;
}

static uint32_t mem(struct real *real, uint64_t gpa) {
	return (uint32_t)vm_read(real->vm, gpa, 4);
}

static void put(struct real *real, uint64_t gpa, const uint32_t *words, size_t count) {
	vm_write_bytes(real->vm, gpa, words, count * 4);
}
#define PUT(real, gpa, ...) \
	put((real), (gpa), (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void wait_mem(struct real *real, uint64_t gpa, uint32_t value) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	while (mem(real, gpa) != value) {
		if (vm_now_ms() > deadline) {
			fail_msg("0x%llx stays 0x%x instead of 0x%x", (unsigned long long)gpa,
				mem(real, gpa), value);
		}
	}
}

static void wait_stamp(struct real *real, uint32_t slot, uint32_t value) {
	wait_mem(real, GPA(0x10000) + 4 * slot, value);
}

static void wait_msi(struct real *real) {
	wait_mem(real, MSI_ADDRESS, MSI_DATA);
	vm_write(real->vm, MSI_ADDRESS, 4, 0);
}

// The bits seen by the guest's interrupt handler so far; several interrupts may share one message.
static void wait_status(struct real *real, uint32_t offset, uint32_t bits) {
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	uint32_t seen = 0;
	while ((seen & bits) != bits) {
		seen |= vm_reg(real->vm, offset);
		if (vm_now_ms() > deadline) {
			fail_msg("status 0x%x: bits 0x%x of 0x%x", offset, seen, bits);
		}
	}
}

// Stays as it is for a while: longer than the poll that would find it.
static void stays(struct real *real, uint64_t gpa, uint32_t value) {
	int64_t until = vm_now_ms() + 150;
	while (vm_now_ms() < until) {
		assert_int_equal(mem(real, gpa), value);
	}
}

static void record(struct real *real, uint32_t channel, uint32_t written, uint32_t list) {
	PUT(real, GPA(0x20400) + (channel - 1) * 0x14, written, 0, 0, channel, PFN(list));
}

// One root packet at the end of what is there, and the doorbell.
static void root(struct real *real, const uint32_t *words, size_t count) {
	put(real, GPA(0x11000) + real->root_written, words, count);
	real->root_written += (uint32_t)(count * 4);
	vm_set_reg(real->vm, 0x1008, real->root_written);
}
#define ROOT(real, ...) \
	root((real), (const uint32_t[]){ __VA_ARGS__ }, \
		sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

static void attach(struct real *real) { // 10.1 to 10.3
	struct vm *vm = real->vm;
	assert_int_equal(vm_reg(vm, 0x122c), 1);
	vm_set_reg(vm, 0x1034, 4);
	assert_int_equal(vm_reg(vm, 0x1034), 4);
	vm_set_reg(vm, 0x101c, PFN(0x20));
	vm_set_reg(vm, 0x1030, PFN(0x10));
	vm_set_reg(vm, 0x1004, 0x10000);
	vm_set_reg(vm, 0x1010, 0x1000);
	vm_set_reg(vm, 0x1000, 1);

	for (uint32_t channel = 1; channel <= 4; channel++) {
		uint32_t list = 0x10 + 0x20 * channel, pages[17] = { 0 };
		for (uint32_t i = 0; i < 16; i++) {
			pages[i] = PFN(list + 1 + i);
		}
		record(real, channel, 0, list);
		put(real, GPA((uint64_t)list << 12), pages, 17);
	}
	uint8_t ones[4096];
	memset(ones, 0xff, sizeof(ones));
	vm_write_bytes(vm, GPA(0xd0000), ones, sizeof(ones));

	real->root_written = 0;
	for (uint32_t channel = 1; channel <= 4; channel++) {
		ROOT(real, 0x30, 0x10, channel, channel);
	}
	ROOT(real, 0x38, 0x1c, 5, 1, 0, 4, PFN(0xc0));
	ROOT(real, 0x33, 0x18, 6, 0, 1, 0x100000);
	ROOT(real, 0x3a, 0x18, 7, 0x12, 0x200, PFN(0xd0));
	assert_int_equal(real->root_written, 0x8c);
}

static void attached(struct real *real) {
	attach(real);
	wait_stamp(real, 0, 7);
	wait_msi(real);
	wait_status(real, 0x1018, 1);
	vm_reg(real->vm, 0x1018);
}

static void a_driver_attaches(void **state) {
	struct real *real = *state;
	attach(real);
	wait_stamp(real, 0, 7);
	wait_msi(real);
	assert_int_equal(vm_reg(real->vm, 0x100c), 0x8c);
	wait_status(real, 0x1018, 1);
	vm_reg(real->vm, 0x1018); // a last one may still come for the same stamp
	assert_int_equal(vm_reg(real->vm, 0x1014), 0);
	assert_int_equal(vm_reg(real->vm, 0x102c), 0);
	// Keys 1 to 17, each once, and nothing but zero after the last pair.
	uint32_t reply[1024], seen = 0;
	vm_read_bytes(real->vm, GPA(0xd0000), reply, sizeof(reply));
	size_t i = 0;
	for (; reply[2 * i] != 0; i++) {
		uint32_t key = reply[2 * i];
		assert_in_range(key, 1, 17);
		assert_int_equal(seen & 1u << key, 0);
		seen |= 1u << key;
	}
	assert_true(i > 5);
	for (size_t word = 2 * i; word < 1024; word++) {
		assert_int_equal(reply[word], 0);
	}
}

#define SHARED GPA(0xd1000)

static void online(struct real *real) { // 10.4
	struct vm *vm = real->vm;
	// The ring first: its record says that a packet is there, and 0x30 makes the host look.
	PUT(real, GPA(0xb1000), 0x01, 0x14, 1, 0, PFN(0xd1));
	PUT(real, GPA(0xb0000), PFN(0xb1), 0);
	record(real, 5, 0x14, 0xb0);
	ROOT(real, 0x30, 0x10, 8, 5);
	vm_set_reg(vm, 0x1020, 5);
	wait_stamp(real, 5, 1);
	wait_stamp(real, 0, 8);
	assert_int_equal(mem(real, GPA(0x20454)), 0x14);
	assert_int_equal(vm_read(vm, SHARED + 0x12, 2), 0);
	assert_int_equal(mem(real, SHARED + 0x200), 1);
	assert_int_equal(vm_read(vm, SHARED + 0x208, 2), 1);
	assert_int_equal(mem(real, SHARED + 0x210), 1920 | 1080 << 16);
	wait_status(real, 0x1018, 0x21);
	// The guest arms its events; there is no doorbell for that.
	vm_write(vm, MSI_ADDRESS, 4, 0);
	vm_write(vm, SHARED + 0x104, 4, 0xc);
	wait_mem(real, SHARED + 0x100, 4);
	wait_msi(real);
	wait_status(real, 0x1014, 1);
	vm_write(vm, SHARED + 0x100, 4, 0);
	PUT(real, GPA(0xb1014), 0x02, 0x14, 2, 0, 1);
	vm_write(vm, GPA(0x20450), 4, 0x28);
	vm_set_reg(vm, 0x1020, 5);
	wait_stamp(real, 5, 2);
	assert_int_equal(mem(real, GPA(0x20454)), 0x28);
}

static void a_display_pipe_comes_online(void **state) {
	struct real *real = *state;
	attached(real);
	online(real);
	stays(real, SHARED + 0x100, 0); // nothing more is armed
	// Refreshes come while VBL is armed, and only then.
	vm_write(real->vm, SHARED + 0x104, 4, 0xd);
	for (unsigned int i = 0; i < 5; i++) {
		wait_mem(real, SHARED + 0x100, 1);
		wait_msi(real);
		wait_status(real, 0x1014, 1);
		vm_write(real->vm, SHARED + 0x100, 4, 0);
	}
	vm_write(real->vm, SHARED + 0x104, 4, 0xc);
}

static void first_submission(struct real *real) { // 10.5
	struct vm *vm = real->vm;
	PUT(real, GPA(0x100000), PFN(0x101), 3);
	PUT(real, GPA(0x101000), PFN(0x102));
	PUT(real, GPA(0x102000), PFN(0x103));
	PUT(real, GPA(0x103004), PFN(0x110), PFN(0x111));
	PUT(real, GPA(0x111000), 0x1c, 0x03, 0x191, 0x14, 7, 1, 0);
	ROOT(real, 0x38, 0x1c, 9, 2, 0, 4, PFN(0x100));
	ROOT(real, 0x33, 0x18, 10, 1, 1, 0x100000);
	wait_stamp(real, 0, 10);
	PUT(real, GPA(0x31000), 0x00010037, 0x30, 1, /* wait: */ 2, 1, 1, 0, 1, 0x2000, 0, 0x1c, 0);
	vm_write(vm, GPA(0x20400), 4, 0x30);
	vm_set_reg(vm, 0x1020, 1);
}

static void a_submission_waits_for_its_event(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	first_submission(real);
	stays(real, GPA(0x20404), 0);
	assert_int_equal(mem(real, GPA(0x10004)), 0);
	// The event comes from another channel.
	PUT(real, GPA(0x51000), 0x39, 0x20, 1, 1, 0x2000, 0, 0x1000, 0);
	vm_write(vm, GPA(0x20414), 4, 0x20);
	vm_set_reg(vm, 0x1020, 2);
	wait_stamp(real, 2, 1);
	wait_stamp(real, 1, 1);
	assert_int_equal(mem(real, GPA(0x20418)), 0x20);
	assert_int_equal(mem(real, GPA(0x20404)), 0x30);
	wait_status(real, 0x1018, 0x6);
	// A packet whose doorbell was lost in the race of 4.6 is found by the poll.
	PUT(real, GPA(0x31030), 0x1e, 0x0c, 2);
	vm_write(vm, GPA(0x20400), 4, 0x3c);
	wait_stamp(real, 1, 2);
	assert_int_equal(mem(real, GPA(0x20404)), 0x3c);
}

static void bad_packets_are_acknowledged_and_touch_nothing(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	uint8_t before[4096], after[4096];
	vm_read_bytes(vm, GPA(0xd0000), before, sizeof(before));
	static const uint32_t packets[][14] = {
		{ 0x37, 0x18, 1, 1, 0, 0xffffffff },                  // impossible count
		{ 0x22, 0x20, 2, 77, 0x2000, 0, 0x1000, 0 },          // dead task
		{ 0x1f, 0x0c, 3 },				    // no such opcode
		// a record longer than the packet
		{ 0x28, 0x1c, 4, 0, 0x1, 0xfffffff0, 0x1 },
		{ 0x30, 0x10, 5, 40 },                                // no such channel
		{ 0x3a, 0x18, 6, 0x12, 0x200, 0x000a0 },              // a reply where no RAM is
		{ 0x38, 0x1c, 7, 200, 0xffffffff, 0xffffffff, 0x1 },  // no such task
		{ 0x1e, 0x0c, 8 },				    // and a good one
	};
	uint32_t at = 0;
	for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++) {
		put(real, GPA(0x51000) + at, packets[i], packets[i][1] / 4);
		at += packets[i][1];
		vm_write(vm, GPA(0x20414), 4, at);
		vm_set_reg(vm, 0x1020, 2);
		wait_stamp(real, 2, (uint32_t)i + 1);
	}
	assert_int_equal(mem(real, GPA(0x20418)), at);
	vm_read_bytes(vm, GPA(0xd0000), after, sizeof(after));
	assert_memory_equal(before, after, sizeof(before));
}

static void a_reset_ends_everything_and_a_new_driver_attaches(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	online(real);
	first_submission(real); // held at its wait
	for (unsigned int life = 0; life < 3; life++) {
		vm_write(vm, SHARED + 0x104, 4, 0xf); // refreshes are under way
		vm_qmp(vm, "{'execute':'system_reset'}");
		vm_wait_event(vm, "RESET");
		assert_false(vm_log_has(vm, "did not let go"));
		// The next life's memory: nothing of the old one may land here.
		uint8_t pattern[8192], back[8192];
		memset(pattern, 0x5a, sizeof(pattern));
		vm_write_bytes(vm, GPA(0x10000), pattern, 4096);
		vm_write_bytes(vm, SHARED, pattern, 4096);
		vm_write_bytes(vm, GPA(0x20000), pattern, 4096);
		vm_write(vm, MSI_ADDRESS, 4, 0);
		stays(real, MSI_ADDRESS, 0);
		vm_read_bytes(vm, GPA(0x10000), back, 4096);
		assert_memory_equal(pattern, back, 4096);
		vm_read_bytes(vm, SHARED, back, 4096);
		assert_memory_equal(pattern, back, 4096);
		vm_read_bytes(vm, GPA(0x20000), back, 4096);
		assert_memory_equal(pattern, back, 4096);
		memset(pattern, 0, sizeof(pattern));
		vm_write_bytes(vm, GPA(0x10000), pattern, 4096);
		vm_write_bytes(vm, GPA(0x20000), pattern, 4096);
		vm_write_bytes(vm, SHARED, pattern, 4096);
		vm_map_bar0(vm, VM_DEVFN, VM_BAR0);
		vm_msi(vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
		attached(real);
		online(real);
	}
	assert_int_equal(vm_log_count(vm, "connected to the host"), 1);
}

static void memory_stands_still_while_the_vm_does(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	vm_qmp(vm, "{'execute':'stop'}");
	// The host has heard of it when a later packet stays; what was in flight has ended by then.
	PUT(real, GPA(0x51000), 0x1e, 0x0c, 1);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	uint32_t signal = 1, at = 0;
	for (;;) {
		at += 0x0c;
		vm_write(vm, GPA(0x20414), 4, at);
		vm_set_reg(vm, 0x1020, 2);
		int64_t until = vm_now_ms() + 100;
		while (vm_now_ms() < until && mem(real, GPA(0x10008)) != signal) {
			assert_true(vm_now_ms() < deadline);
		}
		if (mem(real, GPA(0x10008)) != signal) {
			break;
		}
		signal++;
		PUT(real, GPA(0x51000) + at, 0x1e, 0x0c, signal);
	}
	stays(real, GPA(0x20418), at - 0x0c);
	vm_qmp(vm, "{'execute':'cont'}");
	wait_stamp(real, 2, signal);
	assert_int_equal(mem(real, GPA(0x20418)), at);
}

static void a_killed_host_is_replaced_and_the_guest_never_hangs(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	online(real);
	kill_host(real);
	vm_wait_log(vm, "it is gone");
	assert_int_equal(vm_reg(vm, 0x100c), real->root_written);
	// The guest goes on while nobody is there.
	PUT(real, GPA(0x51000), 0x1e, 0x0c, 1);
	vm_write(vm, GPA(0x20414), 4, 0x0c);
	vm_set_reg(vm, 0x1020, 2);
	ROOT(real, 0x1e, 0x0c, 9);
	stays(real, GPA(0x10008), 0);
	start_host(real);
	wait_connected(real, 2);
	// A host without history adopts the rings and acknowledges everything (06 6.4 rule 8).
	wait_stamp(real, 2, 1);
	wait_stamp(real, 0, 9);
	assert_int_equal(vm_reg(vm, 0x100c), real->root_written);
	PUT(real, GPA(0x5100c), 0x37, 0x28, 2, 1, 0, 1, 0x2000, 0, 0x1c, 0); // a task it never saw
	vm_write(vm, GPA(0x20414), 4, 0x34);
	vm_set_reg(vm, 0x1020, 2);
	wait_stamp(real, 2, 2);
	// A guest that boots again works in full.
	vm_qmp(vm, "{'execute':'system_reset'}");
	vm_wait_event(vm, "RESET");
	uint8_t zero[4096] = { 0 };
	vm_write_bytes(vm, GPA(0x10000), zero, 4096);
	vm_write_bytes(vm, GPA(0x20000), zero, 4096);
	vm_write_bytes(vm, SHARED, zero, 4096);
	vm_map_bar0(vm, VM_DEVFN, VM_BAR0);
	vm_msi(vm, VM_DEVFN, MSI_ADDRESS, MSI_DATA, true);
	attached(real);
	online(real);
}

static void a_host_killed_again_and_again_costs_no_stamp(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	uint32_t at = 0, signal = 0;
	for (unsigned int round = 0; round < 8; round++) {
		// Killed with packets in the ring, somewhere between taking and signalling them.
		for (unsigned int i = 0; i < 40; i++) {
			signal++;
			PUT(real, GPA(0x51000) + at % 0x10000, 0x1e, 0x10, signal, 0);
			at += 0x10;
			vm_write(vm, GPA(0x20414), 4, at);
			vm_set_reg(vm, 0x1020, 2);
		}
		kill_host(real);
		start_host(real);
		wait_connected(real, round + 2);
		wait_stamp(real, 2, signal);
		assert_int_equal(mem(real, GPA(0x20418)), at);
	}
}

/*
 * A present: a BGRA surface of task 0 with its own page tables, shown on port 0 and read back by
 * QEMU's screendump.
 */
static void a_presented_surface_is_what_screendump_sees(void **state) {
	struct real *real = *state;
	struct vm *vm = real->vm;
	attached(real);
	online(real);
	// Task 0 up to GVA 0x1fffff: directory, two inner nodes, one leaf, all identity-like: GVA
	// page n is page 0x800 + n of the plan.
	uint32_t leaf[512];
	for (uint32_t i = 0; i < 512; i++) {
		leaf[i] = i == 0 ? 0 : PFN(0x800 + i);
	}
	PUT(real, GPA(0xc0000), PFN(0xc1), 3);
	PUT(real, GPA(0xc1000), PFN(0xc2));
	PUT(real, GPA(0xc2000), PFN(0xc3));
	put(real, GPA(0xc3000), leaf, 512);
	// Object list at GVA page 1, entry 3: a surface, its descriptor at GVA 0x8000.
	uint32_t width = 64, height = 16, stride = 256;
	PUT(real, GPA(0x801000) + 3 * 12, 4 | 36 << 8, 0x8000, 0);
	PUT(real, GPA(0x808000), stride * height, 0, 0x10, 0x42475241, 1, 0, width, height,
		stride | 4u << 24);
	for (uint32_t y = 0; y < height; y++) {
		uint32_t row[64];
		for (uint32_t x = 0; x < width; x++) {
			row[x] = 0xff000000u | x << 18 | y << 12 | 0x7f;
		}
		put(real, GPA(0x810000) + y * stride, row, width);
	}
	PUT(real, GPA(0xb1028), 0x06, 0x18, 3, 0, 3, 0);
	vm_write(vm, GPA(0x20450), 4, 0x40);
	vm_set_reg(vm, 0x1020, 5);
	wait_stamp(real, 5, 3);
	// The frame travels by the socket: look until it is there.
	char path[128], command[256];
	snprintf(path, sizeof(path), "%s/shot.ppm", vm->dir);
	snprintf(command, sizeof(command),
		"{'execute':'screendump','arguments':{'filename':'%s','device':'gfx'}}", path);
	int64_t deadline = vm_now_ms() + VM_DEADLINE_MS;
	unsigned int w = 0, h = 0;
	uint8_t rgb[64 * 16 * 3];
	for (;;) {
		vm_qmp(vm, command);
		FILE *file = fopen(path, "rb");
		assert_non_null(file);
		assert_int_equal(fscanf(file, "P6 %u %u 255", &w, &h), 2);
		fgetc(file);
		bool ours = w == width && h == height;
		if (ours) {
			assert_int_equal(fread(rgb, 1, sizeof(rgb), file), sizeof(rgb));
		}
		fclose(file);
		if (ours) {
			break;
		}
		if (vm_now_ms() > deadline) {
			fail_msg("the console shows %u x %u", w, h);
		}
	}
	for (uint32_t y = 0; y < height; y++) {
		for (uint32_t x = 0; x < width; x++) {
			const uint8_t *pixel = rgb + (y * width + x) * 3;
			uint32_t got =
				(uint32_t)pixel[0] << 16 | (uint32_t)pixel[1] << 8 | pixel[2];
			assert_int_equal(got, x << 18 | y << 12 | 0x7f);
		}
	}
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_driver_attaches, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_display_pipe_comes_online, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_submission_waits_for_its_event, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(bad_packets_are_acknowledged_and_touch_nothing,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_reset_ends_everything_and_a_new_driver_attaches,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(memory_stands_still_while_the_vm_does, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(a_killed_host_is_replaced_and_the_guest_never_hangs,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_host_killed_again_and_again_costs_no_stamp,
			set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_presented_surface_is_what_screendump_sees, set_up,
			tear_down),
	};
	return cmocka_run_group_tests_name("qtest real host", tests, NULL, NULL);
}
