// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a guest does once its driver is loaded. The same scenes run in the bare guest and in
 * pvg-guestsim; configuration is "key=value" words, output is lines of JSON.
 */
#ifndef TESTS_GUEST_SCENE_H
#define TESTS_GUEST_SCENE_H

#include "../drv/drv.h"
#include "text.h"

#define PVG_SCENE_LINE 4096

struct pvg_gs_scene;

struct pvg_scene_config {
	char scene[24];
	const struct pvg_gs_scene *second; // drawn on port 1; NULL, and further ports: painted
	uint32_t width, height; // 0: the first mode of the list
	uint32_t seconds;       // how long frames are shown; of one mode in scene modes
	uint32_t fps;           // 0: a frame for every refresh
	uint32_t draw_us;       // how long a frame is drawn before it is presented, at least
	uint32_t draw_spread_us; // and up to so much longer, by the frame's number
	uint32_t ports;         // 0: as the scene needs
	uint64_t seed;
	enum pvg_drv_style style;
	uint32_t patience_s; // longest wait for a stamp
	uint64_t first_frame; // number of the first frame
	bool no_pointer;      // keep it hidden
	bool still_pointer;   // move it once for each port, then somebody else does
	uint64_t hide, unhide; // numbers of the frames with which that begins and ends; 0: never
	bool progress;        // a line a second: frames and what is not acknowledged yet
};

struct pvg_scene_env {
	struct pvg_drv *drv; // borrowed, not attached yet
	void *data;
	void (*line)(void *data, const char *json);
	/*
	 * Machine reset. In a real machine this does not return; in a simulated one the device is
	 * as after power-on when it does, and guest RAM is the caller's again.
	 */
	bool (*reset)(void *data);
	bool (*stopped)(void *data); // true: end now
	uint32_t life;               // resets since power-on
	// Memory for the painters: pvg_paint_gradient_bytes of the largest mode for each port.
	uint32_t *(*scratch)(void *data, unsigned int port, uint32_t bytes);
};

void pvg_scene_defaults(struct pvg_scene_config *config);
// Takes one word, "mode=1280x800" for example. False: no such key or value.
bool pvg_scene_option(struct pvg_scene_config *config, const char *key, const char *value);
// Splits a command line at blanks; words without '=' are skipped. False when a word is wrong.
bool pvg_scene_parse(struct pvg_scene_config *config, const char *line);

// Runs the scene and writes its summary line. True: everything was as it should be.
bool pvg_scene_run(struct pvg_scene_env *env, const struct pvg_scene_config *config);

/* ---- between the files of this folder --------------------------------- */

bool pvg_scene_attach(struct pvg_scene_env *env, const struct pvg_scene_config *config);
// Opens @ports pipes and shows frames on them. Used by several scenes.
bool pvg_scene_frames(struct pvg_scene_env *env, const struct pvg_scene_config *config,
	uint32_t ports);
bool pvg_scene_modes(struct pvg_scene_env *env, const struct pvg_scene_config *config);
bool pvg_scene_idle(struct pvg_scene_env *env, const struct pvg_scene_config *config);
bool pvg_scene_latency(struct pvg_scene_env *env, const struct pvg_scene_config *config);
bool pvg_scene_hostile(struct pvg_scene_env *env, const struct pvg_scene_config *config);
void pvg_scene_event(struct pvg_scene_env *env, const char *event);

#endif
