// SPDX-License-Identifier: GPL-2.0-or-later
#include <GLES3/gl32.h>
#include <stdio.h>
#include <stdlib.h>

#include "render/shader/airc-gl.h"
#include "render/shader/link.h"
#include "render/shader/translate.h"

/*
 * A vertex and a fragment function translated apart must make a program of GLES: by themselves they
 * do not, since the vertex function does not know how its outputs are interpolated.
 * test-link-gl VERTEX.bc FRAGMENT.bc
 */

static bool translate(const char *path, struct pvg_shader_result *result) {
	static uint8_t bytes[1 << 20];
	struct pvg_shader_variant variant = {0};
	struct pvg_shader_status status = {0};
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		printf("%s: not there\n", path);
		return false;
	}
	size_t n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	bool ok = pvg_shader_translate(bytes, n, NULL, &variant, result, &status);
	if (!ok) {
		printf("%s: %s: %s\n", path, pvg_shader_reason_name(status.reason), status.detail);
	}
	return ok;
}

static bool links(const char *vertex, const char *fragment) {
	static const GLenum stages[] = {GL_VERTEX_SHADER, GL_FRAGMENT_SHADER};
	const char *texts[] = {vertex, fragment};
	GLuint program = glCreateProgram();
	for (unsigned i = 0; i < 2; i++) {
		GLuint shader = glCreateShader(stages[i]);
		glShaderSource(shader, 1, &texts[i], NULL);
		glCompileShader(shader);
		glAttachShader(program, shader);
		glDeleteShader(shader);
	}
	glLinkProgram(program);
	GLint ok = GL_FALSE;
	char log[1024] = "";
	glGetProgramiv(program, GL_LINK_STATUS, &ok);
	glGetProgramInfoLog(program, sizeof(log), NULL, log);
	printf("link %d: %s\n", ok, log);
	glDeleteProgram(program);
	return ok;
}

int main(int argc, char **argv) {
	struct pvg_shader_result v = {0}, f = {0};
	struct pvg_shader_status status = {0};
	struct airc_gl gl = {0};
	char why[128];
	if (argc != 3 || !translate(argv[1], &v) || !translate(argv[2], &f)) {
		return 1;
	}
	if (!airc_gl_init(&gl, why, sizeof(why))) {
		printf("skipped: %s\n", why);
		return 77;
	}
	char *linked = pvg_link_glsl(&v.reflection, v.glsl, &f.reflection, &status);
	bool good = linked != NULL && links(linked, f.glsl);
	if (!good) {
		printf("%s: %s\n%s\n", pvg_shader_reason_name(status.reason), status.detail,
			linked != NULL ? linked : "");
	}
	free(linked);
	airc_gl_finish(&gl);
	pvg_shader_result_finish(&v);
	pvg_shader_result_finish(&f);
	return good ? 0 : 1;
}
