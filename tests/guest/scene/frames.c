// SPDX-License-Identifier: GPL-2.0-or-later
// Scenes that show frames: barcode on one or more ports, the walk through the mode list, idle.
#include "gpu.h"
#include "paint.h"
#include "scene.h"

#define SECOND_NS 1000000000ll
#define SURFACES 3u
#define ONLINE_NS (13 * SECOND_NS) // WindowServer aborts after that (04 section 1)
#define WATCHDOG_NS SECOND_NS      // of one display transaction (04 section 8.6)

struct show {
	unsigned int port;
	struct pvg_painter painter;
	struct pvg_drv_surface surfaces[SURFACES];
	struct pvg_enc_mode mode;
	uint64_t frame; // number of the next one
	unsigned int next_surface;
	bool waiting; // for the refresh after a present
	int64_t armed_ns, due_ns;
	bool no_pointer;
	uint64_t hide, unhide;
	const struct pvg_gs_scene *scene; // NULL: the CPU paints
	struct pvg_gs *gpu;               // borrowed, with a scene
	uint32_t targets[SURFACES];        // textures over the surfaces
};

static uint32_t refresh_mhz(const struct pvg_enc_mode *mode) {
	return (uint32_t)(((uint64_t)mode->refresh_16_16 * 1000 + 0x8000) >> 16);
}

static struct pvg_enc_mode choose_mode(const struct pvg_enc_display *desc,
	const struct pvg_scene_config *config) {
	struct pvg_enc_mode mode = desc->modes[0];
	if (config->width == 0) {
		return mode;
	}
	// The list only seeds the guest: any size may be presented (04 section 7).
	mode.width = (uint16_t)config->width;
	mode.height = (uint16_t)config->height;
	for (unsigned int i = 0; i < desc->mode_count; i++) {
		if (desc->modes[i].width == mode.width && desc->modes[i].height == mode.height) {
			return desc->modes[i];
		}
	}
	return mode;
}

static bool open_gpu(struct pvg_scene_env *env, struct show *show) {
	if (!pvg_gs_open(show->gpu, env->drv, 1 + show->port, show->scene, show->mode.width,
		    show->mode.height)) {
		return false;
	}
	for (unsigned int i = 0; i < SURFACES; i++) {
		show->targets[i] = pvg_mtl_surface(&show->gpu->mtl, &show->surfaces[i], MTL_BGRA8);
	}
	return env->drv->error == NULL;
}

static bool set_up(struct pvg_scene_env *env, struct show *show, struct pvg_enc_mode mode) {
	struct pvg_drv_port *port = &env->drv->ports[show->port];
	show->mode = mode;
	if (mode.width < 2 * PVG_CURSOR_EDGE + 1 || mode.height < 64) {
		return pvg_drv_fail(env->drv, "mode too small to paint");
	}
	uint32_t *gradient =
		env->scratch(env->data, show->port, pvg_paint_gradient_bytes(mode.width));
	if (gradient == NULL) {
		return pvg_drv_fail(env->drv, "no memory for painting");
	}
	uint32_t mhz = refresh_mhz(&mode);
	pvg_paint_init(&show->painter, mode.width, mode.height, mhz, show->port, gradient);
	uint16_t x, y;
	pvg_paint_cursor_at(&show->painter, show->frame, &x, &y);
	if (!show->no_pointer) {
		pvg_drv_cursor_move(env->drv, show->port, x, y);
	}
	port->period_ns = mhz != 0 ? 1000 * SECOND_NS / mhz : 0;
	port->tick_is_first = true;
	for (unsigned int i = 0; i < SURFACES; i++) {
		if (!pvg_drv_surface_create(env->drv, &show->surfaces[i], mode.width,
			    mode.height)) {
			return false;
		}
	}
	return show->scene == NULL || open_gpu(env, show);
}

static bool tear_down(struct pvg_scene_env *env, struct show *show) {
	for (unsigned int i = 0; i < SURFACES; i++) {
		if (show->surfaces[i].id != 0 &&
			!pvg_drv_surface_destroy(env->drv, &show->surfaces[i])) {
			return false;
		}
	}
	return true;
}

// What the host says its output can do: for tests that know the output.
static void tell_modes(struct pvg_scene_env *env, unsigned int index) {
	static char line[PVG_SCENE_LINE];
	const struct pvg_enc_display *desc = &env->drv->ports[index].desc;
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", "modes");
	pvg_text_key_u64(&text, "port", index);
	pvg_text_key_str(&text, "name", desc->name);
	pvg_text_key_u64(&text, "serial", desc->serial);
	pvg_text_key(&text, "modes");
	pvg_text_str(&text, "[");
	for (unsigned int i = 0; i < desc->mode_count && i < PVG_ENC_MAX_MODES; i++) {
		pvg_text_str(&text, i == 0 ? "\"" : ",\"");
		pvg_text_u64(&text, desc->modes[i].width);
		pvg_text_str(&text, "x");
		pvg_text_u64(&text, desc->modes[i].height);
		pvg_text_str(&text, "@");
		pvg_text_milli(&text, refresh_mhz(&desc->modes[i]));
		pvg_text_str(&text, "\"");
	}
	pvg_text_str(&text, "]}");
	env->line(env->data, line);
}

static bool open_port(struct pvg_scene_env *env, struct show *show, unsigned int index,
	const struct pvg_scene_config *config) {
	uint32_t glyph[PVG_CURSOR_EDGE * PVG_CURSOR_EDGE];
	memset(show, 0, sizeof(*show));
	show->port = index;
	show->frame = config->first_frame;
	show->no_pointer = config->no_pointer;
	show->hide = config->hide;
	show->unhide = config->unhide;
	if (!pvg_drv_port_open(env->drv, index) ||
		!pvg_drv_port_wait_online(env->drv, index, ONLINE_NS)) {
		return false;
	}
	pvg_scene_event(env, "online");
	tell_modes(env, index);
	pvg_paint_glyph(glyph);
	return pvg_drv_cursor_glyph(env->drv, index, glyph, PVG_CURSOR_EDGE, PVG_CURSOR_EDGE,
		       PVG_CURSOR_HOT, PVG_CURSOR_HOT) &&
		pvg_drv_cursor_show(env->drv, index, !config->no_pointer);
}

// A frame that takes some time to draw, and not always the same.
static void draw_slowly(struct pvg_scene_env *env, const struct show *show,
	const struct pvg_scene_config *config, int64_t now_ns) {
	struct pvg_drv *drv = env->drv;
	uint64_t mixed = show->frame * 0x9e3779b97f4a7c15u;
	uint64_t spread = config->draw_spread_us != 0 ? (mixed >> 32) % config->draw_spread_us : 0;
	int64_t until_ns = now_ns + ((int64_t)config->draw_us + (int64_t)spread) * 1000;
	while (drv->ops->now_ns(drv->data) < until_ns && !env->stopped(env->data)) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		drv->ops->wait(drv->data, seen, until_ns);
	}
}

static bool show_next(struct pvg_scene_env *env, struct show *show,
	const struct pvg_scene_config *config, int64_t now_ns) {
	struct pvg_drv_surface *surface = &show->surfaces[show->next_surface];
	uint16_t x, y;
	// Until the host has taken hold of the frame, the surface is the host's (04 section 8.1).
	if (surface->presented != 0 &&
		!pvg_drv_wait_stamp(env->drv, PVG_DRV_DISPLAY + show->port, surface->presented)) {
		return false;
	}
	if (config->draw_us != 0) {
		draw_slowly(env, show, config, now_ns);
	}
	pvg_paint_cursor_at(&show->painter, show->frame, &x, &y);
	if (show->scene != NULL) {
		uint32_t signal = pvg_gs_frame(show->gpu, &show->painter,
			show->targets[show->next_surface], show->frame);
		if (signal == 0 || !pvg_drv_present_drawn(env->drv, show->port, surface, signal)) {
			return false;
		}
	} else {
		pvg_paint_frame(&show->painter, surface, show->frame);
		if (!pvg_drv_present(env->drv, show->port, surface)) {
			return false;
		}
	}
	if (show->frame == show->hide || show->frame == show->unhide) {
		show->no_pointer = show->frame == show->hide;
		if (!pvg_drv_cursor_show(env->drv, show->port, !show->no_pointer)) {
			return false;
		}
		pvg_scene_event(env, show->no_pointer ? "hidden" : "unhidden");
	}
	if (!show->no_pointer && !config->still_pointer) {
		pvg_drv_cursor_move(env->drv, show->port, x, y);
	}
	pvg_drv_arm(env->drv, show->port);
	show->armed_ns = now_ns;
	show->waiting = true;
	show->frame++;
	show->next_surface = (show->next_surface + 1) % SURFACES;
	return true;
}

/*
 * One look at a port: takes the refresh event, abandons a transaction after a second as the guest
 * does, presents when it is time. *deadline_ns comes down to when the next look is due.
 */
static bool step(struct pvg_scene_env *env, struct show *show,
	const struct pvg_scene_config *config, int64_t now_ns, int64_t *deadline_ns) {
	struct pvg_drv_port *port = &env->drv->ports[show->port];
	// The host published another list. What the GPU draws keeps its size.
	bool published = pvg_drv_port_service(env->drv, show->port);
	if (published && config->progress) {
		tell_modes(env, show->port);
	}
	if (published && show->scene == NULL) {
		struct pvg_enc_mode mode = choose_mode(&port->desc, config);
		if (mode.width != show->mode.width || mode.height != show->mode.height) {
			if (!tear_down(env, show) || !set_up(env, show, mode)) {
				return false;
			}
		}
	}
	if (show->waiting && pvg_drv_refresh_ready(env->drv, show->port)) {
		show->waiting = false;
	} else if (show->waiting && now_ns - show->armed_ns > WATCHDOG_NS) {
		show->waiting = false;
		port->watchdogs++;
		port->tick_is_first = true;
	}
	int64_t due = show->waiting ? show->armed_ns + WATCHDOG_NS + 1 : show->due_ns;
	if (!show->waiting && now_ns >= show->due_ns) {
		int64_t frame_ns = config->fps != 0 ? SECOND_NS / config->fps : 0;
		show->due_ns = show->due_ns + frame_ns > now_ns ? show->due_ns + frame_ns : now_ns;
		if (!show_next(env, show, config, now_ns)) {
			return false;
		}
		due = now_ns + WATCHDOG_NS + 1;
	}
	*deadline_ns = due < *deadline_ns ? due : *deadline_ns;
	return env->drv->error == NULL;
}

// Packets of a channel that the host has not acknowledged.
static uint32_t behind(struct pvg_scene_env *env, uint32_t channel) {
	const struct pvg_drv_channel *one = &env->drv->channels[channel];
	return one->issued - pvg_drv_stamp(env->drv, one->slot);
}

static void tell_progress(struct pvg_scene_env *env, const struct show *shows, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		char line[256];
		struct pvg_text text = pvg_text_init(line, sizeof(line));
		pvg_text_str(&text, "{");
		pvg_text_key_str(&text, "event", "progress");
		pvg_text_key_u64(&text, "life", env->life);
		pvg_text_key_u64(&text, "port", shows[i].port);
		pvg_text_key_u64(&text, "next_frame", shows[i].frame);
		pvg_text_key_u64(&text, "behind", behind(env, PVG_DRV_DISPLAY + shows[i].port));
		pvg_text_key_u64(&text, "behind_immediate", behind(env, PVG_DRV_IMMEDIATE));
		pvg_text_key_u64(&text, "watchdogs", env->drv->ports[shows[i].port].watchdogs);
		pvg_text_str(&text, "}");
		env->line(env->data, line);
	}
}

static bool run(struct pvg_scene_env *env, struct show *shows, uint32_t count,
	const struct pvg_scene_config *config, uint32_t seconds) {
	struct pvg_drv *drv = env->drv;
	int64_t progress_ns = drv->ops->now_ns(drv->data);
	int64_t end_ns = progress_ns + (int64_t)seconds * SECOND_NS;
	for (;;) {
		uint32_t seen = __atomic_load_n(&drv->irq_count, __ATOMIC_SEQ_CST);
		int64_t now_ns = drv->ops->now_ns(drv->data);
		int64_t deadline_ns = end_ns;
		if (now_ns >= end_ns || env->stopped(env->data)) {
			return true;
		}
		if (config->progress && now_ns >= progress_ns) {
			tell_progress(env, shows, count);
			progress_ns = now_ns + SECOND_NS;
		}
		for (uint32_t i = 0; i < count; i++) {
			if (!step(env, &shows[i], config, now_ns, &deadline_ns)) {
				return false;
			}
		}
		drv->ops->wait(drv->data, seen, deadline_ns);
	}
}

static bool flush_displays(struct pvg_scene_env *env, uint32_t count) {
	for (uint32_t i = 0; i < count; i++) {
		if (!pvg_drv_flush(env->drv, PVG_DRV_DISPLAY + i)) {
			return false;
		}
	}
	return true;
}

bool pvg_scene_frames(struct pvg_scene_env *env, const struct pvg_scene_config *config,
	uint32_t ports) {
	static struct show shows[PVG_DRV_PORTS];
	static struct pvg_gs gpus[PVG_DRV_PORTS];
	const struct pvg_gs_scene *scene = pvg_gs_scene_find(config->scene);
	if (ports > env->drv->port_count) {
		return pvg_drv_fail(env->drv, "device has fewer ports than the scene needs");
	}
	if (scene != NULL && scene == config->second) {
		return pvg_drv_fail(env->drv, "a scene is drawn once: it keeps its state to itself");
	}
	for (uint32_t i = 0; i < ports; i++) {
		if (!open_port(env, &shows[i], i, config)) {
			return false;
		}
		// A task of its own draws each.
		shows[i].scene = i == 0 ? scene : i == 1 ? config->second : NULL;
		shows[i].gpu = &gpus[i];
		if (!set_up(env, &shows[i], choose_mode(&env->drv->ports[i].desc, config))) {
			return false;
		}
	}
	pvg_scene_event(env, "running");
	return run(env, shows, ports, config, config->seconds) && flush_displays(env, ports);
}

bool pvg_scene_modes(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	static struct show show;
	if (!open_port(env, &show, 0, config)) {
		return false;
	}
	unsigned int count = env->drv->ports[0].desc.mode_count;
	for (unsigned int i = 0; i < count && !env->stopped(env->data); i++) {
		struct pvg_scene_config one = *config;
		struct pvg_enc_mode mode = env->drv->ports[0].desc.modes[i];
		one.width = mode.width; // a list that changes meanwhile does not change this
		one.height = mode.height;
		if (!set_up(env, &show, mode) || !run(env, &show, 1, &one, config->seconds) ||
			!flush_displays(env, 1) || !tear_down(env, &show)) {
			return false;
		}
		char line[128];
		struct pvg_text text = pvg_text_init(line, sizeof(line));
		pvg_text_str(&text, "{");
		pvg_text_key_str(&text, "event", "mode-done");
		pvg_text_key_u64(&text, "width", mode.width);
		pvg_text_key_u64(&text, "height", mode.height);
		pvg_text_key_u64(&text, "refresh_mhz", refresh_mhz(&mode));
		pvg_text_key_u64(&text, "next_frame", show.frame);
		pvg_text_str(&text, "}");
		env->line(env->data, line);
	}
	return true;
}

bool pvg_scene_idle(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	struct pvg_drv *drv = env->drv;
	if (!pvg_drv_port_open(drv, 0) || !pvg_drv_port_wait_online(drv, 0, ONLINE_NS)) {
		return false;
	}
	pvg_scene_event(env, "running");
	int64_t end_ns = drv->ops->now_ns(drv->data) + (int64_t)config->seconds * SECOND_NS;
	while (drv->ops->now_ns(drv->data) < end_ns && !env->stopped(env->data)) {
		drv->ops->wait(drv->data, drv->irq_count, end_ns);
		pvg_drv_port_service(drv, 0);
	}
	struct pvg_drv_port *port = &drv->ports[0];
	// Nothing is armed: any display event or mailbox bit is the host's mistake.
	if (port->vbl_events + port->transaction_events + port->stale_events != 0) {
		return pvg_drv_fail(drv, "idle: events of classes that were never enabled");
	}
	return true;
}
