// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bare guest: finds the device, runs the scene that the command line names, leaves QEMU
 * through isa-debug-exit. Lines of JSON on port 0xe9. The power button ends a scene early.
 *
 *   qemu-system-x86_64 -kernel pvg-bareguest -append "scene=barcode seconds=10" \
 *     -debugcon stdio -device isa-debug-exit,iobase=0xf4,iosize=0x04 ...
 */
#include "bare.h"

#define VENDOR 0x106b
#define DEVICE 0xeeee
#define SLOW_STEP_NS 200u // 3 ns under TCG, 2 to 6 us where KVM emulates instructions
#define SCRATCH_BYTES (2 * 8192 * 4)

void bare_main(uint32_t multiboot_info);

static struct pvg_enc_mem mem;
static struct pvg_drv drv;
static struct bare_pci pci;
static uint32_t scratch[PVG_DRV_PORTS][SCRATCH_BYTES / 4];

static volatile uint32_t *bar(uint32_t offset) {
	return (volatile uint32_t *)(uintptr_t)(pci.bar0 + offset);
}

static uint32_t mmio_read(void *data, uint32_t offset) {
	return *bar(offset);
}

static void mmio_write(void *data, uint32_t offset, uint32_t value) {
	*bar(offset) = value;
}

static uint64_t mmio_access(void *data, uint32_t offset, unsigned int size_bytes, bool write,
	uint64_t value) {
	volatile void *at = (volatile void *)(uintptr_t)(pci.bar0 + offset);
	switch (size_bytes) {
	case 1:
		return write ? (*(volatile uint8_t *)at = (uint8_t)value) : *(volatile uint8_t *)at;
	case 2:
		return write ? (*(volatile uint16_t *)at = (uint16_t)value)
			     : *(volatile uint16_t *)at;
	case 4:
		return write ? (*(volatile uint32_t *)at = (uint32_t)value)
			     : *(volatile uint32_t *)at;
	default:
		return write ? (*(volatile uint64_t *)at = value) : *(volatile uint64_t *)at;
	}
}

static int64_t now_ns(void *data) {
	return bare_now_ns();
}

static bool wait(void *data, uint32_t seen, int64_t deadline_ns) {
	for (;;) {
		bare_ps2_report();
		if (drv.irq_count != seen) {
			return true;
		}
		int64_t left = deadline_ns - bare_now_ns();
		if (left <= 0) {
			return false;
		}
		bare_timer_arm(left);
		bare_sleep_unless(&drv.irq_count, seen);
	}
}

static void log_text(void *data, const char *text) {
	char line[256];
	struct pvg_text out = pvg_text_init(line, sizeof(line));
	pvg_text_str(&out, "{");
	pvg_text_key_str(&out, "event", "log");
	pvg_text_key_str(&out, "text", text);
	pvg_text_str(&out, "}");
	bare_line(line);
}

static void handle_device_interrupt(void) {
	pvg_drv_isr(&drv);
}

static void scene_line(void *data, const char *json) {
	bare_line(json);
}

static bool scene_reset(void *data) {
	bare_reset();
}

static bool scene_stopped(void *data) {
	return bare_power_pressed();
}

static uint32_t *scene_scratch(void *data, unsigned int port, uint32_t bytes) {
	return bytes <= SCRATCH_BYTES ? scratch[port] : NULL;
}

static const struct pvg_drv_ops ops = {
	.mmio_read = mmio_read,
	.mmio_write = mmio_write,
	.now_ns = now_ns,
	.wait = wait,
	.map_pages = bare_map_pages,
	.unmap_pages = bare_unmap_pages,
	.log = log_text,
	.mmio_access = mmio_access,
};

static void report_machine(const struct pvg_scene_config *config, bool found, uint32_t step_ns,
	uint32_t libraries) {
	char line[256];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", "booted");
	pvg_text_key_str(&text, "scene", config->scene);
	pvg_text_key_u64(&text, "ram_mib", mem.size_bytes >> 20);
	pvg_text_key_u64(&text, "life", bare_life());
	pvg_text_key_u64(&text, "step_ns", step_ns);
	pvg_text_key_u64(&text, "libraries", libraries);
	pvg_text_key(&text, "device");
	pvg_text_str(&text, found ? "true" : "false");
	if (found) {
		pvg_text_key_u64(&text, "bus", pci.bus);
		pvg_text_key_u64(&text, "slot", pci.device);
		pvg_text_key_u64(&text, "bar0", pci.bar0);
	}
	pvg_text_str(&text, "}");
	bare_line(line);
}

void bare_main(uint32_t multiboot_info) {
	struct pvg_scene_config config;
	bare_memory_init(&mem, multiboot_info);
	pvg_scene_defaults(&config);
	bool parsed = pvg_scene_parse(&config, bare_command_line(multiboot_info));
	bare_ps2_init();
	bare_power_init();
	bare_time_init();
	bare_interrupts_init();
	bool found = bare_pci_find(VENDOR, DEVICE, &pci);
	uint32_t step_ns = bare_step_ns();
	report_machine(&config, found, step_ns, bare_libraries(multiboot_info));
	if (!parsed) {
		bare_line("{\"event\":\"log\",\"text\":\"command line: a word is wrong\"}");
		bare_exit(BARE_EXIT_FAILED);
	}
	if (!found) {
		bare_exit(step_ns < SLOW_STEP_NS ? BARE_EXIT_NO_DEVICE : BARE_EXIT_SLOW);
	}
	pvg_drv_init(&drv, &ops, NULL, &mem, config.style);
	bare_msi_handler = handle_device_interrupt;
	if (!bare_pci_enable(&pci)) { // the guest driver refuses to configure without one
		bare_line("{\"event\":\"log\",\"text\":\"device has no MSI capability\"}");
		bare_exit(BARE_EXIT_FAILED);
	}
	struct pvg_scene_env env = {
		.drv = &drv,
		.line = scene_line,
		.reset = scene_reset,
		.stopped = scene_stopped,
		.life = bare_life(),
		.scratch = scene_scratch,
	};
	bare_exit(pvg_scene_run(&env, &config) ? BARE_EXIT_OK : BARE_EXIT_FAILED);
}
