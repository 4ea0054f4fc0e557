// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scene imgui: one frame of an immediate-mode user interface. A list of vertices and 16-bit indices
 * in one buffer each, drawn in pieces with a scissor and a first vertex of their own.
 */
#ifndef TESTS_GUEST_SCENE_UI_H
#define TESTS_GUEST_SCENE_UI_H

#include "../mtl/mtl.h"
#include "font.h"

#define PVG_UI_VERTEX_BYTES 20u
#define PVG_UI_VERTICES 8192u
#define PVG_UI_INDICES 12288u
#define PVG_UI_COMMANDS 32u
#define PVG_UI_ATLAS_WIDTH 128u
#define PVG_UI_ATLAS_HEIGHT 64u

struct pvg_ui_command {
	uint32_t first_vertex, first_index, index_count;
	uint32_t x, y, width, height; // scissor
};

struct pvg_ui {
	uint8_t *vertices, *indices; // borrowed
	uint32_t vertex_count, index_count, command_count;
	struct pvg_ui_command commands[PVG_UI_COMMANDS];
	uint32_t width, height;
};

// White where nothing is written, so that plain boxes sample the last cell.
static inline void pvg_ui_paint_atlas(uint8_t *rgba, uint32_t pitch_bytes) {
	for (uint32_t y = 0; y < PVG_UI_ATLAS_HEIGHT; y++) {
		memset(rgba + (size_t)y * pitch_bytes, y >= PVG_UI_ATLAS_HEIGHT - 8 ? 255 : 0,
			PVG_UI_ATLAS_WIDTH * 4);
	}
	for (size_t i = 0; i < PVG_ENC_COUNT(pvg_font); i++) {
		uint32_t cell = (uint32_t)pvg_font[i].character - ' ';
		for (uint32_t row = 0; row < PVG_FONT_HEIGHT; row++) {
			for (uint32_t column = 0; column < PVG_FONT_WIDTH; column++) {
				if ((pvg_font[i].rows[row] >> (4 - column) & 1) != 0) {
					memset(rgba + (cell / 16 * 8 + row) * pitch_bytes +
							(cell % 16 * 8 + column) * 4,
						255, 4);
				}
			}
		}
	}
}

static inline void pvg_ui_begin(struct pvg_ui *ui, uint32_t x, uint32_t y, uint32_t width,
	uint32_t height) {
	if (ui->command_count < PVG_UI_COMMANDS) {
		ui->commands[ui->command_count++] = (struct pvg_ui_command){ ui->vertex_count,
			ui->index_count, 0, x, y, width, height };
	}
}

static inline void pvg_ui_vertex(struct pvg_ui *ui, int x, int y, uint32_t u, uint32_t v,
	uint32_t abgr) {
	uint8_t *at = ui->vertices + (size_t)ui->vertex_count++ * PVG_UI_VERTEX_BYTES;
	// Halves, as user interfaces place their boxes.
	pvg_put(at, pvg_mtl_f32(x * 2 + 1, 2), 4);
	pvg_put(at + 4, pvg_mtl_f32(y * 2 + 1, 2), 4);
	pvg_put(at + 8, pvg_mtl_f32((int32_t)u, PVG_UI_ATLAS_WIDTH), 4);
	pvg_put(at + 12, pvg_mtl_f32((int32_t)v, PVG_UI_ATLAS_HEIGHT), 4);
	pvg_put(at + 16, abgr, 4);
}

static inline void pvg_ui_quad(struct pvg_ui *ui, int x, int y, int width, int height, uint32_t u,
	uint32_t v, uint32_t uw, uint32_t vh, uint32_t abgr) {
	static const uint8_t order[6] = { 0, 1, 2, 0, 2, 3 };
	struct pvg_ui_command *command = &ui->commands[ui->command_count - 1];
	if (ui->vertex_count + 4 > PVG_UI_VERTICES || ui->index_count + 6 > PVG_UI_INDICES) {
		return;
	}
	uint32_t base = ui->vertex_count - command->first_vertex;
	pvg_ui_vertex(ui, x, y, u, v, abgr);
	pvg_ui_vertex(ui, x + width, y, u + uw, v, abgr);
	pvg_ui_vertex(ui, x + width, y + height, u + uw, v + vh, abgr);
	pvg_ui_vertex(ui, x, y + height, u, v + vh, abgr);
	for (unsigned int i = 0; i < 6; i++) {
		pvg_put(ui->indices + 2 * (size_t)ui->index_count++, base + order[i], 2);
	}
	command->index_count += 6;
}

static inline void pvg_ui_box(struct pvg_ui *ui, int x, int y, int width, int height,
	uint32_t abgr) {
	pvg_ui_quad(ui, x, y, width, height, 4, PVG_UI_ATLAS_HEIGHT - 4, 0, 0, abgr);
}

static inline void pvg_ui_text(struct pvg_ui *ui, int x, int y, const char *text, uint32_t abgr) {
	for (; *text != '\0'; text++, x += 7) {
		uint32_t cell = (uint32_t)(uint8_t)*text - ' ';
		if (cell > 0 && cell < 96) {
			pvg_ui_quad(ui, x, y, 6, 8, cell % 16 * 8, cell / 16 * 8, 6, 8, abgr);
		}
	}
}

static inline void pvg_ui_window(struct pvg_ui *ui, int x, int y, int width, int height,
	const char *title, uint32_t seed, uint64_t number) {
	static const char *const labels[] = { "SPEED", "COLOR", "RADIUS", "ALPHA", "GAMMA",
		"STEPS", "SCALE", "ANGLE" };
	pvg_ui_begin(ui, 0, 0, ui->width, ui->height);
	pvg_ui_box(ui, x, y, width, height, 0xf0202024);
	pvg_ui_box(ui, x, y, width, 16, 0xff8a4a29);
	pvg_ui_text(ui, x + 6, y + 4, title, 0xffffffff);
	// What does not fit the window is cut by its scissor.
	pvg_ui_begin(ui, (uint32_t)x + 2, (uint32_t)y + 18, (uint32_t)width - 4,
		(uint32_t)height - 20);
	for (int i = 0; i < 12; i++) {
		int row = y + 24 + i * 18;
		int value = (int)((number * (uint64_t)(i + 1) + seed * 37) % 120);
		pvg_ui_box(ui, x + 8, row, 124, 12, 0xff4a2f1d);
		pvg_ui_box(ui, x + 8 + value, row + 1, 10, 10, 0xffe0853d);
		pvg_ui_text(ui, x + 140, row + 2, labels[(i + (int)seed) % 8], 0xffd8d8d8);
	}
}

// The whole frame into the lists.
static inline void pvg_ui_frame(struct pvg_ui *ui, uint64_t number) {
	ui->vertex_count = ui->index_count = ui->command_count = 0;
	int w = (int)ui->width, h = (int)ui->height;
	pvg_ui_window(ui, w / 20, h / 6, 220, h * 3 / 5, "DEMO", 1, number);
	pvg_ui_window(ui, w / 2, h / 5, 230, h / 2, "STYLE EDITOR", 4, number + 40);
	pvg_ui_window(ui, w / 4 + (int)(number % 60), h / 3, 200, h / 3, "METRICS", 6, number + 9);
}

// Sixteen float words, column by column, for pixels with y down.
static inline void pvg_ui_projection(uint8_t *at, uint32_t width, uint32_t height) {
	uint32_t words[16] = { 0 };
	words[0] = pvg_mtl_f32(2, width);
	words[5] = pvg_mtl_f32(-2, height);
	words[12] = pvg_mtl_f32(-1, 1);
	words[13] = words[15] = pvg_mtl_f32(1, 1);
	for (unsigned int i = 0; i < 16; i++) {
		pvg_put(at + 4 * i, words[i], 4);
	}
}

#endif
