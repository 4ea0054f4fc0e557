// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "keys.h"

static const char usage_head[] =
	"usage: pvg-kiosk [options] [-- command...]\n"
	"\n"
	"Shows the display of a VM with apple-gfx-pci. With a command: starts it with PVG_SOCKET and\n"
	"WAYLAND_DISPLAY set, ends with it and returns its status. Without: waits for VMs.\n"
	"\n";

static const char usage_tail[] =
	"  --config FILE         read this configuration file (see pvg-kiosk.conf(5))\n"
	"  --no-config           read none\n"
	"  --check-config        read it, say what is wrong, print what is in force, end\n"
	"  --check               say what this machine has and lacks, and how to help it\n"
	"  --version, --help\n";

enum {
	OPT_CONFIG = 1,
	OPT_NO_CONFIG,
	OPT_CHECK_CONFIG,
	OPT_CHECK,
	OPT_VERSION,
	OPT_HELP,
	OPT_KEYS = 256, // and 64 a section: the row of a table
};

#define GIVEN_LIMIT (2 * 64 + 8)

static const enum pk_section_id command_sections[] = { PK_SECTION_KIOSK, PK_SECTION_VM };

// Options of the rows that are on the command line.
static void list_options(struct option *list) {
	static const struct option own[] = {
		{ "config", required_argument, NULL, OPT_CONFIG },
		{ "no-config", no_argument, NULL, OPT_NO_CONFIG },
		{ "check-config", no_argument, NULL, OPT_CHECK_CONFIG },
		{ "check", no_argument, NULL, OPT_CHECK },
		{ "version", no_argument, NULL, OPT_VERSION },
		{ "help", no_argument, NULL, OPT_HELP },
	};
	size_t n = 0;
	for (size_t s = 0; s < sizeof(command_sections) / sizeof(command_sections[0]); s++) {
		const struct pk_section *section = &pk_sections[command_sections[s]];
		for (size_t i = 0; i < section->key_count; i++) {
			const struct pk_key *key = &section->keys[i];
			if (key->help != NULL) {
				list[n++] = (struct option){ key->name,
					key->type == PK_KEY_FLAG ? no_argument : required_argument,
					NULL, OPT_KEYS + (int)(command_sections[s] * 64 + i) };
			}
		}
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		list[n++] = own[i];
	}
	list[n] = (struct option){ NULL, 0, NULL, 0 };
}

static void print_usage(FILE *out) {
	fputs(usage_head, out);
	for (size_t s = 0; s < sizeof(command_sections) / sizeof(command_sections[0]); s++) {
		const struct pk_section *section = &pk_sections[command_sections[s]];
		for (size_t i = 0; i < section->key_count; i++) {
			const struct pk_key *key = &section->keys[i];
			char left[80];
			if (key->help == NULL) {
				continue;
			}
			int at = snprintf(left, sizeof(left), "  --%s%s%s", key->name,
				key->type == PK_KEY_FLAG ? "" : " ",
				key->argument != NULL ? key->argument : "");
			for (int c = 0; key->choices != NULL && key->choices[c] != NULL; c++) {
				at += snprintf(left + at, sizeof(left) - (size_t)at, "%s%s",
					c > 0 ? "|" : "", key->choices[c]);
			}
			if (at > 23) {
				fprintf(out, "%s\n%24s%s\n", left, "", key->help);
			} else {
				fprintf(out, "%-24s%s\n", left, key->help);
			}
		}
	}
	fputs(usage_tail, out);
}

static void set_defaults(struct pk_options *options) {
	*options = (struct pk_options){ 0 };
	pk_section_defaults(&pk_sections[PK_SECTION_KIOSK], options);
	pk_section_defaults(&pk_sections[PK_SECTION_VM], options);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		pk_section_defaults(&pk_sections[PK_SECTION_DISPLAY], &options->display_configs[i]);
	}
}

void pk_options_finish(struct pk_options *options) {
	pk_section_finish(&pk_sections[PK_SECTION_KIOSK], options);
	pk_section_finish(&pk_sections[PK_SECTION_VM], options);
	for (size_t i = 0; i < options->output_config_count; i++) {
		pk_section_finish(&pk_sections[PK_SECTION_OUTPUT], &options->output_configs[i]);
		free(options->output_configs[i].name);
	}
	free(options->output_configs);
	options->output_configs = NULL;
	options->output_config_count = 0;
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		pk_section_finish(&pk_sections[PK_SECTION_DISPLAY], &options->display_configs[i]);
	}
	free(options->config_path);
	options->config_path = NULL;
}

// What the command line says, looked through before anything is done about it.
struct command_line {
	const char *config;
	bool no_config, check_config;
	int given_count;
	struct {
		int opt;
		const char *value; // NULL: a flag
	} given[GIVEN_LIMIT];
};

static enum pk_options_result scan(struct command_line *line, struct pk_options *options, int argc,
	char **argv, FILE *out, FILE *err) {
	struct option list[GIVEN_LIMIT];
	list_options(list);
	optind = 0; // start over: a reload and tests call this more than once
	opterr = 0;
	for (;;) {
		int at = optind > 0 ? optind : 1;
		int opt = getopt_long(argc, argv, "+:", list, NULL);
		switch (opt) {
		case -1:
			if (optind < argc) {
				if (strcmp(argv[optind - 1], "--") != 0) {
					fprintf(err,
						"pvg-kiosk: %s: put -- before the command\n",
						argv[optind]);
					return PK_OPTIONS_BAD;
				}
				options->command = argv + optind;
			}
			return PK_OPTIONS_RUN;
		case OPT_HELP:
			print_usage(out);
			return PK_OPTIONS_DONE;
		case OPT_VERSION:
			fprintf(out, "pvg-kiosk %s\n", PVG_PROJECT_VERSION);
			return PK_OPTIONS_DONE;
		case OPT_CONFIG:
			line->config = optarg;
			break;
		case OPT_NO_CONFIG:
			line->no_config = true;
			break;
		case OPT_CHECK_CONFIG:
			line->check_config = true;
			break;
		case OPT_CHECK:
			options->check = true;
			break;
		case ':':
			fprintf(err, "pvg-kiosk: %s needs a value\n", argv[at]);
			return PK_OPTIONS_BAD;
		case '?':
			fprintf(err, "pvg-kiosk: no such option: %s (see --help)\n", argv[at]);
			return PK_OPTIONS_BAD;
		default:
			if (line->given_count == GIVEN_LIMIT) {
				fputs("pvg-kiosk: too many options\n", err);
				return PK_OPTIONS_BAD;
			}
			line->given[line->given_count].opt = opt;
			line->given[line->given_count++].value = optarg;
			break;
		}
	}
}

static bool apply(const struct command_line *line, struct pk_options *options, FILE *err) {
	bool ok = true;
	for (int i = 0; i < line->given_count; i++) {
		int row = line->given[i].opt - OPT_KEYS;
		const struct pk_section *section = &pk_sections[row / 64];
		const struct pk_key *key = &section->keys[row % 64];
		const char *value = line->given[i].value != NULL ? line->given[i].value : "yes";
		char why[200];
		if (!pk_key_read(key, value, options, why, sizeof(why))) {
			fprintf(err, "pvg-kiosk: --%s %s: %s\n", key->name, value, why);
			ok = false;
		}
		options->commanded[row / 64] |= UINT64_C(1) << row % 64;
	}
	return ok;
}

enum pk_options_result pk_options_parse(struct pk_options *options, int argc, char **argv,
		FILE *out, FILE *err) {
	struct command_line line = { 0 };
	set_defaults(options);
	options->argc = argc;
	options->argv = argv;
	enum pk_options_result result = scan(&line, options, argc, argv, out, err);
	unsigned int errors = 0;
	if (result == PK_OPTIONS_RUN) {
		errors = line.no_config ? 0 : pk_config_load(line.config, options, err);
		bool ok = apply(&line, options, err) && errors == 0;
		if (options->screenshot_at != 0 && options->screenshot == NULL) {
			fputs("pvg-kiosk: --screenshot-at needs --screenshot FILE\n", err);
			ok = false;
		}
		result = ok ? PK_OPTIONS_RUN : PK_OPTIONS_BAD;
	}
	if (result == PK_OPTIONS_RUN && line.check_config) {
		if (options->config_path != NULL) {
			fprintf(out, "# %s: no errors. What is in force, # for the defaults:\n\n",
				options->config_path);
		} else {
			fputs("# No configuration file. What is in force, # for the defaults:\n\n",
				out);
		}
		pk_config_print(options, out);
		result = PK_OPTIONS_DONE;
	}
	if (result != PK_OPTIONS_RUN) {
		pk_options_finish(options);
	}
	return result;
}

/* ---- a reload -------------------------------------------------------------------------------- */

static unsigned int take_section(const struct pk_section *section, void *live, void *fresh,
	void (*report)(const char *section, const char *key, bool later)) {
	unsigned int effect = 0;
	for (size_t i = 0; i < section->key_count; i++) {
		const struct pk_key *key = &section->keys[i];
		if (pk_key_same(key, live, fresh)) {
			continue;
		}
		report(section->name, key->name, key->effect == PK_EFFECT_RESTART);
		if (key->effect != PK_EFFECT_RESTART) {
			pk_key_swap(key, live, fresh);
			effect |= key->effect;
		}
	}
	return effect;
}

unsigned int pk_options_take(struct pk_options *live, struct pk_options *fresh,
		void (*report)(const char *section, const char *key, bool later)) {
	unsigned int effect = take_section(&pk_sections[PK_SECTION_KIOSK], live, fresh, report);
	effect |= take_section(&pk_sections[PK_SECTION_VM], live, fresh, report);
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		effect |= take_section(&pk_sections[PK_SECTION_DISPLAY], &live->display_configs[i],
			&fresh->display_configs[i], report);
		live->display_configs[i].set = fresh->display_configs[i].set;
	}
	bool same = live->output_config_count == fresh->output_config_count;
	for (size_t i = 0; same && i < live->output_config_count; i++) {
		const struct pk_output_config *a = &live->output_configs[i];
		const struct pk_output_config *b = &fresh->output_configs[i];
		const struct pk_section *section = &pk_sections[PK_SECTION_OUTPUT];
		same = strcmp(a->name, b->name) == 0 && a->set == b->set;
		for (size_t k = 0; same && k < section->key_count; k++) {
			same = pk_key_same(&section->keys[k], a, b);
		}
	}
	if (!same) {
		struct pk_output_config *configs = live->output_configs;
		size_t count = live->output_config_count;
		live->output_configs = fresh->output_configs;
		live->output_config_count = fresh->output_config_count;
		fresh->output_configs = configs;
		fresh->output_config_count = count;
		report("output", "*", false);
		effect |= PK_EFFECT_OUTPUTS;
	}
	char *path = live->config_path;
	live->config_path = fresh->config_path;
	fresh->config_path = path;
	return effect;
}

/* ---- what is said about an output ------------------------------------------------------------ */

static bool is_meant(const char *pattern, const char *connector, const char *make,
	const char *model, const char *serial) {
	char panel[256];
	if (connector != NULL && pk_glob(pattern, connector)) {
		return true;
	}
	if (make == NULL && model == NULL && serial == NULL) {
		return false;
	}
	snprintf(panel, sizeof(panel), "%s %s %s", make != NULL ? make : "Unknown",
		model != NULL ? model : "Unknown", serial != NULL ? serial : "Unknown");
	return pk_glob(pattern, panel);
}

void pk_options_wish(const struct pk_options *options, const char *connector, const char *make,
		const char *model, const char *serial, struct pk_output_config *wish) {
	const struct pk_section *section = &pk_sections[PK_SECTION_OUTPUT];
	const struct pk_section *kiosk = &pk_sections[PK_SECTION_KIOSK];
	uint64_t fixed = 0; // rows that the command line decides
	*wish = (struct pk_output_config){ 0 };
	pk_section_defaults(section, wish);
	for (size_t k = 0; k < section->key_count; k++) {
		int own = pk_section_find(kiosk, section->keys[k].name);
		if (own >= 0) {
			pk_key_copy(&section->keys[k], wish, &kiosk->keys[own], options);
			fixed |= (options->commanded[PK_SECTION_KIOSK] >> own & 1) << k;
		}
	}
	for (size_t i = 0; i < options->output_config_count; i++) {
		const struct pk_output_config *config = &options->output_configs[i];
		if (!is_meant(config->name, connector, make, model, serial)) {
			continue;
		}
		for (size_t k = 0; k < section->key_count; k++) {
			if ((config->set >> k & ~fixed >> k & 1) != 0) {
				pk_key_copy(&section->keys[k], wish, &section->keys[k], config);
				wish->set |= UINT64_C(1) << k;
			}
		}
	}
}
