// SPDX-License-Identifier: GPL-2.0-or-later
#include "mapping.h"

static void solve_wished(struct pk_mapping *outputs, size_t count, unsigned int ports,
	struct pk_mapping **owners) {
	for (size_t i = 0; i < count; i++) {
		struct pk_mapping *output = &outputs[i];
		output->port = -1;
		output->mirror = false;
		if (!output->enabled || output->display < PK_OUTPUT_DISPLAY_0) {
			continue;
		}
		unsigned int port = output->display - PK_OUTPUT_DISPLAY_0;
		if (port >= ports) {
			continue;
		}
		output->port = (int)port;
		if (owners[port] == NULL || (output->primary && !owners[port]->primary)) {
			owners[port] = output;
		}
	}
	for (size_t i = 0; i < count; i++) {
		outputs[i].mirror = outputs[i].port >= 0 && owners[outputs[i].port] != &outputs[i];
	}
}

static bool wants_any(const struct pk_mapping *output) {
	return output->enabled && output->port < 0 && output->display == PK_OUTPUT_DISPLAY_AUTO;
}

void pk_mapping_solve(struct pk_mapping *outputs, size_t count, unsigned int ports,
		bool mirror_extra) {
	struct pk_mapping *owners[PVG_MAX_PORTS] = { NULL };
	if (ports > PVG_MAX_PORTS) {
		ports = PVG_MAX_PORTS;
	}
	solve_wished(outputs, count, ports, owners);
	for (size_t i = 0; i < count; i++) {
		int port = outputs[i].remembered;
		if (wants_any(&outputs[i]) && port >= 0 && port < (int)ports &&
				owners[port] == NULL) {
			outputs[i].port = port;
			owners[port] = &outputs[i];
		}
	}
	int first = -1;
	for (size_t i = 0; i < count; i++) {
		unsigned int port = 0;
		while (port < ports && owners[port] != NULL) {
			port++;
		}
		if (port < ports && wants_any(&outputs[i])) {
			outputs[i].port = (int)port;
			owners[port] = &outputs[i];
		}
	}
	for (int port = (int)ports - 1; port >= 0; port--) {
		first = owners[port] != NULL ? port : first;
	}
	for (size_t i = 0; i < count && mirror_extra && first >= 0; i++) {
		if (wants_any(&outputs[i])) {
			outputs[i].port = first;
			outputs[i].mirror = true;
		}
	}
}
