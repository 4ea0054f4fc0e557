// SPDX-License-Identifier: GPL-2.0-or-later
#include "scene.h"

#include "gpu.h"

static const char *const style_names[] = { "macos11", "macos13", "macos26" };

void pvg_scene_defaults(struct pvg_scene_config *config) {
	memset(config, 0, sizeof(*config));
	memcpy(config->scene, "barcode", sizeof("barcode"));
	config->seconds = 10;
	config->seed = 1;
	config->style = PVG_DRV_MACOS13;
	config->patience_s = 30;
	config->first_frame = 1;
}

static bool set_mode(struct pvg_scene_config *config, const char *value) {
	const char *by = value;
	while (*by != '\0' && *by != 'x') {
		by++;
	}
	uint64_t width = pvg_str_u64(value);
	uint64_t height = *by == 'x' ? pvg_str_u64(by + 1) : 0;
	if (width < 64 || height < 64 || width > 8192 || height > 8192) {
		return false;
	}
	config->width = (uint32_t)width;
	config->height = (uint32_t)height;
	return true;
}

static bool set_scene(struct pvg_scene_config *config, const char *value) {
	static const char *const names[] = { "barcode", "modes", "two-displays", "late-kiosk",
		"idle", "reset", "latency", "hostile" };
	for (size_t i = 0; i < PVG_ENC_COUNT(names); i++) {
		if (pvg_str_equal(names[i], value)) {
			size_t length = 0;
			while (value[length] != '\0') {
				length++;
			}
			memcpy(config->scene, value, length + 1);
			return true;
		}
	}
	const struct pvg_gs_scene *scene = pvg_gs_scene_find(value);
	for (size_t i = 0; scene != NULL && i < sizeof(config->scene); i++) {
		config->scene[i] = scene->name[i];
		if (scene->name[i] == '\0') {
			return true;
		}
	}
	return false;
}

bool pvg_scene_option(struct pvg_scene_config *config, const char *key, const char *value) {
	uint64_t number = pvg_str_u64(value);
	if (pvg_str_equal(key, "scene")) {
		return set_scene(config, value);
	} else if (pvg_str_equal(key, "second")) {
		config->second = pvg_gs_scene_find(value);
		return config->second != NULL;
	} else if (pvg_str_equal(key, "mode")) {
		return set_mode(config, value);
	} else if (pvg_str_equal(key, "seconds")) {
		config->seconds = number != 0 ? (uint32_t)number : UINT32_MAX; // 0: until stopped
	} else if (pvg_str_equal(key, "fps")) {
		config->fps = (uint32_t)number;
	} else if (pvg_str_equal(key, "draw")) {
		config->draw_us = (uint32_t)number;
	} else if (pvg_str_equal(key, "draw-spread")) {
		config->draw_spread_us = (uint32_t)number;
	} else if (pvg_str_equal(key, "ports")) {
		config->ports = (uint32_t)number;
		return number <= PVG_DRV_PORTS;
	} else if (pvg_str_equal(key, "seed")) {
		config->seed = number;
	} else if (pvg_str_equal(key, "pointer")) {
		config->no_pointer = number == 0;
		config->still_pointer = number == 2;
	} else if (pvg_str_equal(key, "hide")) {
		config->hide = number;
	} else if (pvg_str_equal(key, "unhide")) {
		config->unhide = number;
	} else if (pvg_str_equal(key, "progress")) {
		config->progress = number != 0;
	} else if (pvg_str_equal(key, "patience")) {
		config->patience_s = (uint32_t)number;
	} else if (pvg_str_equal(key, "first-frame")) {
		config->first_frame = number;
		return number > 0;
	} else if (pvg_str_equal(key, "style")) {
		for (unsigned int i = 0; i < PVG_ENC_COUNT(style_names); i++) {
			if (pvg_str_equal(style_names[i], value)) {
				config->style = (enum pvg_drv_style)i;
				return true;
			}
		}
		return false;
	} else {
		return false;
	}
	return true;
}

bool pvg_scene_parse(struct pvg_scene_config *config, const char *line) {
	bool ok = true;
	while (*line != '\0') {
		char word[128];
		size_t length = 0, equals = 0;
		for (; *line != '\0' && *line != ' '; line++) {
			if (length + 1 < sizeof(word)) {
				equals = equals == 0 && *line == '=' ? length : equals;
				word[length++] = *line;
			}
		}
		word[length] = '\0';
		if (equals > 0) {
			word[equals] = '\0';
			ok = pvg_scene_option(config, word, word + equals + 1) && ok;
		}
		while (*line == ' ') {
			line++;
		}
	}
	return ok;
}

void pvg_scene_event(struct pvg_scene_env *env, const char *event) {
	char line[256];
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "event", event);
	pvg_text_key_u64(&text, "ms", (uint64_t)env->drv->ops->now_ns(env->drv->data) / 1000000);
	pvg_text_key_u64(&text, "life", env->life);
	pvg_text_str(&text, "}");
	env->line(env->data, line);
}

bool pvg_scene_attach(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	env->drv->patience_ns = (int64_t)config->patience_s * 1000000000;
	pvg_scene_event(env, "attaching");
	if (!pvg_drv_attach(env->drv)) {
		return false;
	}
	pvg_scene_event(env, "attached");
	return true;
}

static void port_summary(struct pvg_text *text, const struct pvg_drv *drv, unsigned int index) {
	const struct pvg_drv_port *port = &drv->ports[index];
	uint32_t intervals = port->intervals;
	pvg_text_str(text, text->at[text->length - 1] == '[' ? "{" : ",{");
	pvg_text_key_u64(text, "port", index);
	pvg_text_key_str(text, "name", port->desc.name);
	pvg_text_key_u64(text, "modes", port->desc.mode_count);
	pvg_text_key_u64(text, "presents", port->presents);
	pvg_text_key_u64(text, "vbl", port->vbl_events);
	pvg_text_key_u64(text, "transaction", port->transaction_events);
	pvg_text_key_u64(text, "online", port->online_events);
	pvg_text_key_u64(text, "offline", port->offline_events);
	pvg_text_key_u64(text, "stale", port->stale_events);
	pvg_text_key_u64(text, "watchdogs", port->watchdogs);
	pvg_text_key_u64(text, "late", port->late_intervals);
	pvg_text_key(text, "interval_us");
	pvg_text_str(text, "{");
	pvg_text_key_u64(text, "min", (uint64_t)port->interval_min_ns / 1000);
	pvg_text_key_u64(text, "mean",
		intervals != 0 ? (uint64_t)port->interval_sum_ns / intervals / 1000 : 0);
	pvg_text_key_u64(text, "max", (uint64_t)port->interval_max_ns / 1000);
	pvg_text_str(text, "}}");
}

static void summary(struct pvg_scene_env *env, const struct pvg_scene_config *config, bool ok,
	int64_t started_ns) {
	char line[PVG_SCENE_LINE];
	const struct pvg_drv *drv = env->drv;
	struct pvg_text text = pvg_text_init(line, sizeof(line));
	pvg_text_str(&text, "{");
	pvg_text_key_str(&text, "scene", config->scene);
	pvg_text_key_str(&text, "style", style_names[config->style]);
	pvg_text_key(&text, "ok");
	pvg_text_str(&text, ok ? "true" : "false");
	pvg_text_key_str(&text, "error", drv->error);
	pvg_text_key_u64(&text, "life", env->life);
	pvg_text_key_u64(&text, "seed", config->seed);
	pvg_text_key(&text, "seconds");
	pvg_text_milli(&text, (uint64_t)(drv->ops->now_ns(drv->data) - started_ns) / 1000000);
	pvg_text_key_u64(&text, "version", drv->version);
	pvg_text_key_u64(&text, "packets", drv->stats.packets);
	pvg_text_key_u64(&text, "doorbells", drv->stats.doorbells);
	pvg_text_key_u64(&text, "irqs", drv->stats.irqs);
	pvg_text_key_u64(&text, "spurious", drv->stats.spurious_irqs);
	pvg_text_key_u64(&text, "faults", drv->stats.faults);
	pvg_text_key_u64(&text, "stamp_retries", drv->stats.stamp_retries);
	pvg_text_key(&text, "ports");
	pvg_text_str(&text, "[");
	for (unsigned int i = 0; i < PVG_DRV_PORTS; i++) {
		if (drv->ports[i].page != NULL) {
			port_summary(&text, drv, i);
		}
	}
	pvg_text_str(&text, "]}");
	env->line(env->data, line);
}

static bool run_reset(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	struct pvg_scene_config part = *config;
	part.seconds = config->seconds > 1 ? config->seconds / 2 : 1;
	part.first_frame = config->first_frame + ((uint64_t)env->life << 20);
	if (!pvg_scene_attach(env, config) || !pvg_scene_frames(env, &part, 1)) {
		return false;
	}
	if (env->life > 0) {
		return true;
	}
	pvg_scene_event(env, "resetting");
	if (!env->reset(env->data)) { // a real machine starts over with the same command line
		return pvg_drv_fail(env->drv, "machine did not reset");
	}
	return run_reset(env, config);
}

bool pvg_scene_run(struct pvg_scene_env *env, const struct pvg_scene_config *config) {
	int64_t started_ns = env->drv->ops->now_ns(env->drv->data);
	bool ok;
	if (pvg_str_equal(config->scene, "hostile")) {
		ok = pvg_scene_hostile(env, config);
	} else if (pvg_str_equal(config->scene, "reset")) {
		ok = run_reset(env, config);
	} else if (!pvg_scene_attach(env, config)) {
		ok = false;
	} else if (pvg_str_equal(config->scene, "modes")) {
		ok = pvg_scene_modes(env, config);
	} else if (pvg_str_equal(config->scene, "idle")) {
		ok = pvg_scene_idle(env, config);
	} else if (pvg_str_equal(config->scene, "latency")) {
		ok = pvg_scene_latency(env, config);
	} else if (pvg_str_equal(config->scene, "two-displays")) {
		ok = pvg_scene_frames(env, config, config->ports != 0 ? config->ports : 2);
	} else { // barcode; late-kiosk is the same guest, started before its host
		ok = pvg_scene_frames(env, config, config->ports != 0 ? config->ports : 1);
	}
	summary(env, config, ok, started_ns);
	return ok;
}
