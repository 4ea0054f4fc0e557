// SPDX-License-Identifier: GPL-2.0-or-later
#include "bare.h"

#define PORT_ADDRESS 0xcf8
#define PORT_DATA 0xcfc
#define CAP_MSI 0x05
#define MAX_DEPTH 8 // of bridges

static uint32_t read_config(const struct bare_pci *pci, uint8_t offset) {
	outl(PORT_ADDRESS,
		0x80000000u | (uint32_t)pci->bus << 16 | (uint32_t)pci->device << 11 |
			(uint32_t)pci->function << 8 | (offset & 0xfcu));
	return inl(PORT_DATA);
}

static void write_config(const struct bare_pci *pci, uint8_t offset, uint32_t value) {
	outl(PORT_ADDRESS,
		0x80000000u | (uint32_t)pci->bus << 16 | (uint32_t)pci->device << 11 |
			(uint32_t)pci->function << 8 | (offset & 0xfcu));
	outl(PORT_DATA, value);
}

static bool find_on_bus(uint32_t id, uint8_t bus, unsigned int depth, struct bare_pci *found) {
	for (uint8_t device = 0; device < 32; device++) {
		for (uint8_t function = 0; function < 8; function++) {
			struct bare_pci at = { .bus = bus, .device = device, .function = function };
			uint32_t this_id = read_config(&at, 0x00);
			if ((this_id & 0xffff) == 0xffff) {
				if (function == 0) {
					break;
				}
				continue;
			}
			if (this_id == id) {
				*found = at;
				found->bar0 = read_config(&at, 0x10) & ~0xfu;
				return true;
			}
			uint32_t header = read_config(&at, 0x0c) >> 16;
			uint8_t behind = (uint8_t)(read_config(&at, 0x18) >> 8);
			if ((header & 0x7f) == 1 && behind > bus && depth < MAX_DEPTH &&
				find_on_bus(id, behind, depth + 1, found)) {
				return true;
			}
			if (function == 0 && (header & 0x80) == 0) {
				break;
			}
		}
	}
	return false;
}

bool bare_pci_find(uint16_t vendor, uint16_t device, struct bare_pci *found) {
	return find_on_bus((uint32_t)vendor | (uint32_t)device << 16, 0, 0, found);
}

bool bare_pci_enable(struct bare_pci *pci) {
	write_config(pci, 0x04, (read_config(pci, 0x04) & 0xffff) | 0x6);
	uint8_t at = (uint8_t)(read_config(pci, 0x34) & 0xfc);
	for (unsigned int i = 0; at != 0 && i < 48; i++) {
		uint32_t head = read_config(pci, at);
		if ((head & 0xff) == CAP_MSI) {
			uint32_t apic_id = *(volatile uint32_t *)(uintptr_t)0xfee00020u >> 24;
			bool wide = (head >> 16 & 0x80) != 0;
			write_config(pci, (uint8_t)(at + 4), 0xfee00000u | apic_id << 12);
			if (wide) {
				write_config(pci, (uint8_t)(at + 8), 0);
			}
			write_config(pci, (uint8_t)(at + (wide ? 12 : 8)), BARE_VECTOR_MSI);
			write_config(pci, at, (head & 0xff8fffffu) | 0x10000u);
			return true;
		}
		at = (uint8_t)(head >> 8 & 0xfc);
	}
	return false;
}
