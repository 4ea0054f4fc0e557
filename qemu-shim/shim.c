// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim.h"

#define VENDOR_APPLE 0x106b
#define DEVICE_PVG 0xeeee
#define CLASS_DISPLAY_OTHER 0x0380
#define EXPRESS_CAP_OFFSET 0x80
#define BOOT_FB_BYTES (16u << 20)

// Says that an option ROM is ours and draws into BAR1; the ROM's source carries the same text.
#define ROM_MARK "pvg-linux GOP"
#define ROM_MAX_BYTES (1u << 20)
#ifndef PVG_ROM_PATH
#define PVG_ROM_PATH "/usr/share/pvg-linux/pvg-gop.rom"
#endif

struct shim_defaults shim_defaults;

void shim_log(PVGShim *s, enum shim_log_reason reason, bool warning, const char *fmt, ...) {
	int64_t second = g_get_monotonic_time() / G_USEC_PER_SEC + 1;
	if (s->log_second[reason] == second) {
		s->log_dropped[reason]++;
		return;
	}
	s->log_second[reason] = second;
	va_list args;
	va_start(args, fmt);
	g_autofree char *text = g_strdup_vprintf(fmt, args);
	va_end(args);
	g_autofree char *dropped = s->log_dropped[reason] != 0
		? g_strdup_printf(" (and %u more)", s->log_dropped[reason])
		: g_strdup("");
	s->log_dropped[reason] = 0;
	if (warning) {
		warn_report(TYPE_PVG_SHIM ": %s: %s%s", s->name, text, dropped);
	} else {
		info_report(TYPE_PVG_SHIM ": %s: %s%s", s->name, text, dropped);
	}
}

/*
 * Sizes 1 to 8 and any alignment reach pvg_regs, which knows the rules (spec 01 section 2.1).
 * QEMU 10.2 and later could call these without the BQL; shim_page_renew moves the page under it, so
 * that stays off.
 */
static uint64_t bar0_read(void *opaque, hwaddr addr, unsigned int size) {
	PVGShim *s = opaque;
	return pvg_regs_read(&s->regs, (uint32_t)addr, size);
}

static void bar0_write(void *opaque, hwaddr addr, uint64_t value, unsigned int size) {
	PVGShim *s = opaque;
	pvg_regs_write(&s->regs, (uint32_t)addr, size, value);
	if (pvg_regs_host_is_bad(&s->regs)) {
		shim_link_fail_later(s, "it moved the tail of the write ring past its head");
	}
}

static const MemoryRegionOps bar0_ops = {
	.read = bar0_read,
	.write = bar0_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
	.impl = { .min_access_size = 1, .max_access_size = 8, .unaligned = true },
};

static void shim_config_write(PCIDevice *pci, uint32_t addr, uint32_t value, int len) {
	PVGShim *s = PVG_SHIM(pci);
	pci_default_write_config(pci, addr, value, len);
	shim_irq_update(s);
}

static void shim_reset_hold(Object *obj, ResetType type) {
	PVGShim *s = PVG_SHIM(obj);
	if (s->page == NULL) {
		return;
	}
	s->epoch++;
	pvg_regs_reset(&s->regs);
	shim_irq_reset(s);
	shim_link_reset(s);
}

static void handle_runstate(void *opaque, bool running, RunState state) {
	PVGShim *s = opaque;
	if (running) {
		shim_input_resume(s);
	}
	shim_link_runstate(s, running, state);
}

// Devices are not unrealized when QEMU ends, so the host is told here (spec 06 trap 9).
static void handle_shutdown(Notifier *notifier, void *data) {
	PVGShim *s = container_of(notifier, PVGShim, shutdown_notifier);
	const ShutdownCause *cause = data;
	bool guest = cause != NULL && shutdown_caused_by_guest(*cause);
	shim_link_finish(s, guest ? PVG_LINK_BYE_SHUTDOWN : PVG_LINK_BYE_QUIT);
}

static bool check_properties(PVGShim *s, Error **errp) {
	static const char *const policies[] = {
		[SHIM_DISCONNECT_CONTINUE] = "continue",
		[SHIM_DISCONNECT_PAUSE] = "pause",
		[SHIM_DISCONNECT_SHUTDOWN] = "shutdown",
	};
	if (s->displays < 1 || s->displays > 8) {
		error_setg(errp, "displays: %u is not in 1..8", s->displays);
		return false;
	}
	if (s->num_modes > PVG_LINK_MAX_MODES) {
		error_setg(errp, "display-modes: %u modes, at most %d", s->num_modes,
			PVG_LINK_MAX_MODES);
		return false;
	}
	if (s->on_disconnect_text != NULL) {
		size_t i = 0;
		while (i < ARRAY_SIZE(policies) &&
			strcmp(policies[i], s->on_disconnect_text) != 0) {
			i++;
		}
		if (i == ARRAY_SIZE(policies)) {
			error_setg(errp,
				"on-disconnect: '%s' is not one of continue, pause, shutdown",
				s->on_disconnect_text);
			return false;
		}
		s->on_disconnect = (enum shim_on_disconnect)i;
	}
	if (s->socket_path == NULL && shim_defaults.socket_path != NULL) {
		s->socket_path = g_strdup(shim_defaults.socket_path);
	}
	if (s->socket_path == NULL) {
		const char *runtime = g_getenv("XDG_RUNTIME_DIR");
		if (runtime == NULL) {
			error_setg(errp, "socket: not given, and XDG_RUNTIME_DIR is not set");
			return false;
		}
		s->socket_path = g_strdup_printf("%s/pvg-0.sock", runtime);
	}
	if (!g_path_is_absolute(s->socket_path)) {
		// With -daemonize QEMU changes to / before the first try.
		g_autofree char *relative = s->socket_path;
		g_autofree char *here = g_get_current_dir();
		s->socket_path = g_build_filename(here, relative, NULL);
	}
	return true;
}

static bool set_name(PVGShim *s, Error **errp) {
	static unsigned int instances;
	unsigned int index = instances++;
	if (s->name == NULL) {
		const char *base = shim_defaults.name;
		if (base == NULL) {
			base = qemu_get_vm_name();
		}
		if (base == NULL) {
			base = "vm";
		}
		// Two devices of one VM reach the same host: their names tell them apart.
		s->name = index == 0 ? g_strdup(base) : g_strdup_printf("%s-%u", base, index);
	}
	if (s->name[0] == '\0' ||
		strlen(s->name) >= sizeof(((struct pvg_link_hello *)NULL)->name)) {
		error_setg(errp, "name: '%s' is not of 1..31 bytes", s->name);
		return false;
	}
	return true;
}

static bool rom_is_ours(PVGShim *s) {
	g_autofree char *romfile = object_property_get_str(OBJECT(s), "romfile", NULL);
	if (romfile == NULL || romfile[0] == '\0') {
		return false;
	}
	if (object_property_get_int(OBJECT(s), "rombar", NULL) == 0) {
		return false;
	}
	g_autofree char *path = qemu_find_file(QEMU_FILE_TYPE_BIOS, romfile);
	FILE *file = fopen(path != NULL ? path : romfile, "rbe");
	if (file == NULL) {
		return false;
	}
	g_autofree uint8_t *bytes = g_malloc(ROM_MAX_BYTES);
	size_t size = fread(bytes, 1, ROM_MAX_BYTES, file);
	fclose(file);
	return memmem(bytes, size, ROM_MARK, strlen(ROM_MARK)) != NULL;
}

static bool make_boot_fb(PVGShim *s, Error **errp) {
	bool wanted = s->boot_fb_mode == ON_OFF_AUTO_ON ||
		(s->boot_fb_mode == ON_OFF_AUTO_AUTO && rom_is_ours(s));
	if (!wanted) {
		return true;
	}
	s->boot_fb = shim_memfd("pvg-boot-fb", BOOT_FB_BYTES);
	int for_qemu = s->boot_fb >= 0 ? qemu_dup(s->boot_fb) : -1; // QEMU closes its own
	if (for_qemu < 0) {
		error_setg_errno(errp, errno, "cannot make the boot frame buffer");
		return false;
	}
	if (!memory_region_init_ram_from_fd(&s->bar1, OBJECT(s), "pvg-boot-fb", BOOT_FB_BYTES,
		    RAM_SHARED, for_qemu, 0, errp)) {
		close(for_qemu);
		return false;
	}
	s->has_bar1 = true;
	pci_register_bar(&s->pci, 1, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->bar1);
	return true;
}

static bool set_up_pci(PVGShim *s, Error **errp) {
	PCIDevice *pci = &s->pci;
	pci_config_set_interrupt_pin(pci->config, 0); // no INTx: the guest wants MSI
	memory_region_init_io(&s->bar0, OBJECT(s), &bar0_ops, s, "pvg-bar0", PVG_BAR0_SIZE);
	pci_register_bar(pci, 0, PCI_BASE_ADDRESS_SPACE_MEMORY, &s->bar0);
	if (pci_bus_is_express(pci_get_bus(pci))) {
		if (pcie_endpoint_cap_init(pci, EXPRESS_CAP_OFFSET) < 0) {
			error_setg(errp, "cannot add the express capability");
			return false;
		}
	} else {
		pci->cap_present &= ~QEMU_PCI_CAP_EXPRESS;
	}
	return msi_init(pci, 0, 1, true, false, errp) == 0;
}

// Undoes whatever realize did; also the device's exit.
static void tear_down(PVGShim *s, enum pvg_link_bye_reason reason) {
	if (s->shutdown_registered) {
		notifier_remove(&s->shutdown_notifier);
		s->shutdown_registered = false;
	}
	if (s->runstate_entry != NULL) {
		qemu_del_vm_change_state_handler(s->runstate_entry);
		s->runstate_entry = NULL;
	}
	shim_link_finish(s, reason);
	shim_input_finish(s);
	shim_mem_finish(s);
	shim_console_finish(s);
	if (s->migration_blocker != NULL) {
		migrate_del_blocker(&s->migration_blocker);
	}
	if (s->discard_disabled) {
		ram_block_discard_disable(false);
		s->discard_disabled = false;
	}
	msi_uninit(&s->pci);
	shim_page_finish(s);
	if (s->boot_fb >= 0) {
		close(s->boot_fb);
		s->boot_fb = -1;
	}
}

static void shim_realize(PCIDevice *pci, Error **errp) {
	PVGShim *s = PVG_SHIM(pci);
	shim_irq_init(s);
	if (!check_properties(s, errp) || !set_name(s, errp)) {
		return;
	}
	if (pci_device_iommu_address_space(pci) != &address_space_memory) {
		error_setg(errp, "a vIOMMU in front of the device is not supported");
		return;
	}
	// A host may pin guest pages; a balloon must not punch holes under it.
	if (ram_block_discard_disable(true) != 0) {
		error_setg(errp, "another device needs to discard guest RAM");
		return;
	}
	s->discard_disabled = true;
	error_setg(&s->migration_blocker, "Migration state blocked by apple-gfx display device");
	if (migrate_add_blocker(&s->migration_blocker, errp) < 0) {
		tear_down(s, PVG_LINK_BYE_UNPLUG);
		return;
	}
	if (!shim_page_init(s, errp) || !set_up_pci(s, errp) || !make_boot_fb(s, errp) ||
		!shim_mem_init(s, errp)) {
		tear_down(s, PVG_LINK_BYE_UNPLUG);
		return;
	}
	shim_console_init(s);
	shim_input_init(s);
	if (!shim_link_init(s, errp)) {
		tear_down(s, PVG_LINK_BYE_UNPLUG);
		return;
	}
	s->runstate_entry = qemu_add_vm_change_state_handler(handle_runstate, s);
	s->shutdown_notifier.notify = handle_shutdown;
	qemu_register_shutdown_notifier(&s->shutdown_notifier);
	s->shutdown_registered = true;
}

static void shim_exit(PCIDevice *pci) {
	tear_down(PVG_SHIM(pci), PVG_LINK_BYE_UNPLUG);
}

static void shim_instance_init(Object *obj) {
	PVGShim *s = PVG_SHIM(obj);
	// QEMU sizes the configuration space by this before realize; taken back on a plain bus.
	s->pci.cap_present |= QEMU_PCI_CAP_EXPRESS;
	s->page_fd = -1;
	s->boot_fb = -1;
	s->irq.fd = -1;
	s->irq.virq = -1;
	s->link.sock = -1;
	s->link.doorbell = -1;
	s->link.journal = -1;
}

static void get_mode(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp) {
	const struct shim_mode *mode = object_field_prop_ptr(obj, opaque);
	g_autofree char *text = g_strdup_printf("%ux%u@%u", mode->width, mode->height, mode->hz);
	visit_type_str(v, name, &text, errp);
}

// One number of a mode: decimal, 1..65535, ended by @end.
static bool parse_mode_part(const char **at, char end, const char *what, uint16_t *value,
	const char *name, Error **errp) {
	const char *start = *at;
	uint32_t number = 0;
	while (**at >= '0' && **at <= '9' && number <= UINT16_MAX) {
		number = number * 10 + (uint32_t)(**at - '0');
		(*at)++;
	}
	if (*at == start || number == 0 || number > UINT16_MAX) {
		error_setg(errp,
			"%s in '%s' must be a decimal integer number in the range of 1..65535",
			what, name);
		return false;
	}
	if (**at != end) {
		if (end == '\0') {
			error_setg(errp, "'%s' has more after the refresh rate", name);
		} else {
			error_setg(errp, "%s in '%s' must be followed by '%c'", what, name, end);
		}
		return false;
	}
	if (end != '\0') {
		(*at)++;
	}
	*value = (uint16_t)number;
	return true;
}

static void set_mode(Object *obj, Visitor *v, const char *name, void *opaque, Error **errp) {
	struct shim_mode *mode = object_field_prop_ptr(obj, opaque);
	g_autofree char *text = NULL;
	if (!visit_type_str(v, name, &text, errp)) {
		return;
	}
	const char *at = text;
	struct shim_mode parsed;
	if (parse_mode_part(&at, 'x', "width", &parsed.width, text, errp) &&
		parse_mode_part(&at, '@', "height", &parsed.height, text, errp) &&
		parse_mode_part(&at, '\0', "refresh rate", &parsed.hz, text, errp)) {
		*mode = parsed;
	}
}

static const PropertyInfo prop_display_mode = {
	.type = "display_mode",
	.description = "Display mode in pixels and Hertz, as <width>x<height>@<refresh-rate>, "
		       "for example 3840x2160@60",
	.get = get_mode,
	.set = set_mode,
};

static const Property shim_properties[] = {
	DEFINE_PROP_ARRAY("display-modes", PVGShim, num_modes, modes, prop_display_mode,
		struct shim_mode),
	DEFINE_PROP_STRING("socket", PVGShim, socket_path),
	DEFINE_PROP_STRING("name", PVGShim, name),
	DEFINE_PROP_STRING("on-disconnect", PVGShim, on_disconnect_text),
	DEFINE_PROP_BOOL("doorbell-eventfd", PVGShim, doorbell_eventfd, false),
	DEFINE_PROP_BOOL("irqfd", PVGShim, irqfd, true),
	DEFINE_PROP_ON_OFF_AUTO("boot-fb", PVGShim, boot_fb_mode, ON_OFF_AUTO_AUTO),
	DEFINE_PROP_BOOL("require-shared-ram", PVGShim, require_shared_ram, true),
	DEFINE_PROP_UINT32("displays", PVGShim, displays, 1),
};

static void shim_class_init(ObjectClass *klass, ShimClassData *data) {
	DeviceClass *dc = DEVICE_CLASS(klass);
	PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
	ResettableClass *rc = RESETTABLE_CLASS(klass);

	dc->desc = "macOS Paravirtualized Graphics PCI Display Controller";
	dc->hotpluggable = false;
	set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
	device_class_set_props(dc, shim_properties);
	rc->phases.hold = shim_reset_hold;
	pc->vendor_id = VENDOR_APPLE;
	pc->device_id = DEVICE_PVG;
	pc->class_id = CLASS_DISPLAY_OTHER;
	pc->realize = shim_realize;
	pc->exit = shim_exit;
	pc->config_write = shim_config_write;
	if (access(PVG_ROM_PATH, R_OK) == 0) {
		pc->romfile = PVG_ROM_PATH;
	}
}

static SHIM_INTERFACES shim_interfaces[] = {
	{ INTERFACE_CONVENTIONAL_PCI_DEVICE },
	{ INTERFACE_PCIE_DEVICE },
	{ NULL },
};

static const TypeInfo shim_type = {
	.name = TYPE_PVG_SHIM,
	.parent = TYPE_PCI_DEVICE,
	.instance_size = sizeof(PVGShim),
	.instance_init = shim_instance_init,
	.class_init = shim_class_init,
	.interfaces = shim_interfaces,
};

void shim_register_types(void) {
	type_register_static(&shim_type);
}
