// SPDX-License-Identifier: GPL-2.0-or-later
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <pvg/log.h>

#define TITLE "# pvg-kiosk: the panels that displays had last"

static void write_line(FILE *out, const char *word, const char *text) {
	if (*text == '\0') {
		return;
	}
	fprintf(out, "%s ", word);
	for (; *text != '\0'; text++) {
		fputc((unsigned char)*text < ' ' ? '?' : *text, out);
	}
	fputc('\n', out);
}

void pk_facts_write(const struct pk_facts facts[PVG_MAX_PORTS], FILE *out) {
	fputs(TITLE "\n", out);
	for (int i = 0; i < PVG_MAX_PORTS; i++) {
		const struct pk_facts *one = &facts[i];
		if (!one->known) {
			continue;
		}
		fprintf(out, "display %d\n", i);
		write_line(out, "make", one->make);
		write_line(out, "model", one->model);
		write_line(out, "serial", one->serial);
		write_line(out, "connector", one->connector);
		fprintf(out, "mode %u %u %u\nsize %d %d\ntwin %d\n", one->current.width,
			one->current.height, one->current.refresh_mhz, one->phys_width_mm,
			one->phys_height_mm, one->twin);
	}
}

// Up to @count decimal numbers of at most @max, and nothing else.
static bool read_numbers(const char *text, int count, unsigned long max, unsigned int *numbers) {
	for (int i = 0; i < count; i++) {
		char *end;
		if (*text < '0' || *text > '9') {
			return false;
		}
		errno = 0;
		unsigned long number = strtoul(text, &end, 10);
		if (errno != 0 || number > max || *end != (i + 1 < count ? ' ' : '\0')) {
			return false;
		}
		numbers[i] = (unsigned int)number;
		text = end + 1;
	}
	return true;
}

static bool read_word(struct pk_facts *one, const char *word, const char *rest) {
	const struct {
		const char *word;
		char *to;
		size_t size;
	} texts[] = {
		{ "make", one->make, sizeof(one->make) },
		{ "model", one->model, sizeof(one->model) },
		{ "serial", one->serial, sizeof(one->serial) },
		{ "connector", one->connector, sizeof(one->connector) },
	};
	unsigned int n[3];
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(word, texts[i].word) == 0) {
			snprintf(texts[i].to, texts[i].size, "%s", rest);
			return true;
		}
	}
	if (strcmp(word, "mode") == 0 && read_numbers(rest, 3, PK_MODES_REFRESH_MAX_MHZ, n) &&
			pk_modes_absurd(n[0] > INT16_MAX ? -1 : (int)n[0],
				n[1] > INT16_MAX ? -1 : (int)n[1], (int)n[2]) == NULL) {
		one->current = (struct pvg_mode){ (uint16_t)n[0], (uint16_t)n[1], n[2] };
		return true;
	}
	if (strcmp(word, "size") == 0 && read_numbers(rest, 2, 100000, n)) {
		one->phys_width_mm = (int)n[0];
		one->phys_height_mm = (int)n[1];
		return true;
	}
	if (strcmp(word, "twin") == 0 && read_numbers(rest, 1, 1, n)) {
		one->twin = n[0] != 0;
		return true;
	}
	return false;
}

static bool read_all(const char *text, struct pk_facts *facts) {
	struct pk_facts *one = NULL;
	size_t title = strlen(TITLE);
	if (strncmp(text, TITLE "\n", title + 1) != 0) {
		return false;
	}
	for (text += title + 1; *text != '\0';) {
		char line[160];
		size_t length = strcspn(text, "\n");
		unsigned int port;
		if (length >= sizeof(line) || text[length] == '\0') {
			return false;
		}
		memcpy(line, text, length);
		line[length] = '\0';
		text += length + 1;
		char *space = strchr(line, ' ');
		if (space == NULL) {
			return false;
		}
		*space = '\0';
		if (strcmp(line, "display") == 0) {
			if (!read_numbers(space + 1, 1, PVG_MAX_PORTS - 1, &port)) {
				return false;
			}
			one = &facts[port];
			*one = (struct pk_facts){ .known = true };
		} else if (one == NULL || !read_word(one, line, space + 1)) {
			return false;
		}
	}
	return true;
}

bool pk_facts_read(const char *text, struct pk_facts facts[PVG_MAX_PORTS]) {
	struct pk_facts *read = calloc(PVG_MAX_PORTS, sizeof(*read));
	bool ok = read != NULL && read_all(text, read);
	for (int i = 0; ok && i < PVG_MAX_PORTS; i++) {
		ok = !read[i].known || read[i].current.width != 0;
	}
	for (int i = 0; ok && i < PVG_MAX_PORTS; i++) {
		struct pk_facts *one = &read[i];
		if (!one->known) {
			continue;
		}
		one->native = one->current;
		pk_modes_add(&one->modes, one->current.width, one->current.height,
			(int)one->current.refresh_mhz);
		pk_modes_add_scaled(&one->modes, &one->native);
		facts[i] = *one;
	}
	free(read);
	return ok;
}

/* ---- the file -------------------------------------------------------------------------------- */

// NULL: there is no place for it. Owned by the caller. Makes its folder when @make.
static char *file_name(bool make) {
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	char *folder = NULL, *name = NULL;
	if (state != NULL && *state == '/') {
		if (asprintf(&folder, "%s/pvg-linux", state) < 0) {
			return NULL;
		}
	} else if (home == NULL || *home != '/' ||
			asprintf(&folder, "%s/.local/state/pvg-linux", home) < 0) {
		return NULL;
	}
	for (char *p = strchr(folder + 1, '/'); make && p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdir(folder, 0700); // what is missing shows when the file is opened
		*p = '/';
	}
	if (make) {
		(void)mkdir(folder, 0700);
	}
	if (asprintf(&name, "%s/displays", folder) < 0) {
		name = NULL;
	}
	free(folder);
	return name;
}

void pk_facts_load(struct pk_facts facts[PVG_MAX_PORTS]) {
	char *name = file_name(false);
	if (name == NULL) {
		return;
	}
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text = fd >= 0 ? calloc(1, PK_FACTS_FILE_MAX_BYTES + 1) : NULL;
	if (text != NULL) {
		ssize_t size = read(fd, text, PK_FACTS_FILE_MAX_BYTES);
		if (size < 0 || memchr(text, '\0', (size_t)size) != NULL ||
				!pk_facts_read(text, facts)) {
			pvg_info("%s: not understood, it will be written anew", name);
		}
	}
	if (fd >= 0) {
		close(fd);
	}
	free(text);
	free(name);
}

void pk_facts_save(const char *text) {
	char *name = file_name(true);
	char *fresh = NULL;
	if (name == NULL || asprintf(&fresh, "%s.new", name) < 0) {
		free(name);
		return;
	}
	int fd = open(fresh, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
	size_t size = strlen(text);
	bool ok = fd >= 0 && write(fd, text, size) == (ssize_t)size;
	if (fd >= 0) {
		ok = close(fd) == 0 && ok;
	}
	if (!ok || rename(fresh, name) < 0) {
		pvg_info("%s: %s: a start without a panel will not know the last one", name,
			strerror(errno));
	}
	free(fresh);
	free(name);
}
