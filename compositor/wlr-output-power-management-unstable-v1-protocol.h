// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The header of wlroots for this protocol wants what wayland-scanner makes of the protocol's file,
 * which no package has. All that is used of it are the two numbers of the mode.
 */
#ifndef COMPOSITOR_WLR_OUTPUT_POWER_MANAGEMENT_UNSTABLE_V1_PROTOCOL_H
#define COMPOSITOR_WLR_OUTPUT_POWER_MANAGEMENT_UNSTABLE_V1_PROTOCOL_H

enum zwlr_output_power_v1_mode {
	ZWLR_OUTPUT_POWER_V1_MODE_OFF = 0,
	ZWLR_OUTPUT_POWER_V1_MODE_ON = 1,
};

#endif
