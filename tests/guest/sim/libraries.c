// SPDX-License-Identifier: GPL-2.0-or-later
#include "libraries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY_BYTES_MAX (1u << 20)
#define NAME_BYTES 64u

static struct pvg_shader libraries[PVG_GS_FUNCTIONS + 1];
static char names[PVG_GS_FUNCTIONS][NAME_BYTES];

static uint8_t *read_file(const char *path, uint32_t *size_bytes) {
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = file != NULL ? malloc(LIBRARY_BYTES_MAX) : NULL;
	size_t size = bytes != NULL ? fread(bytes, 1, LIBRARY_BYTES_MAX, file) : 0;
	if (file != NULL) {
		fclose(file);
	}
	if (size == 0 || size == LIBRARY_BYTES_MAX) {
		free(bytes);
		return NULL;
	}
	*size_bytes = (uint32_t)size;
	return bytes;
}

static bool is_loaded(const char *name) {
	const struct pvg_shader *library = libraries;
	while (library->name != NULL && strcmp(library->name, name) != 0) {
		library++;
	}
	return library->name != NULL;
}

bool sim_libraries_load(const struct pvg_gs_scene *scene, char *missing, size_t missing_size) {
	const char *folder = getenv("PVG_METALLIB_DIR");
	size_t count = 0;
	pvg_gs_set_libraries(libraries);
	for (size_t i = 0; i < PVG_GS_FUNCTIONS && scene->functions[i] != NULL; i++) {
		const char *colon = strchr(scene->functions[i], ':');
		char path[4096];
		if (colon == NULL || colon - scene->functions[i] >= (int)NAME_BYTES) {
			snprintf(missing, missing_size, "%s: no name", scene->functions[i]);
			return false;
		}
		char *name = names[count];
		memcpy(name, scene->functions[i], (size_t)(colon - scene->functions[i]));
		name[colon - scene->functions[i]] = '\0';
		if (is_loaded(name)) {
			continue;
		}
		if (folder == NULL) {
			snprintf(missing, missing_size, "%s.metallib: PVG_METALLIB_DIR is not set",
				name);
			return false;
		}
		struct pvg_shader *library = &libraries[count];
		snprintf(path, sizeof(path), "%s/%s.metallib", folder, name);
		library->library = read_file(path, &library->size_bytes);
		if (library->library == NULL) {
			snprintf(missing, missing_size, "%s is not there", path);
			return false;
		}
		library->name = name;
		count++;
	}
	return true;
}
