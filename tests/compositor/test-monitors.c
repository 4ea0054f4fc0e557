// SPDX-License-Identifier: GPL-2.0-or-later
// Which output shows which display, and which modes a display has.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "desc.h"
#include "facts.h"
#include "mapping.h"
#include "modes.h"

#define AUTO PK_OUTPUT_DISPLAY_AUTO
#define NONE PK_OUTPUT_DISPLAY_NONE
#define DISPLAY(n) (PK_OUTPUT_DISPLAY_0 + (n))

static struct pk_mapping output(int display, int remembered) {
	return (struct pk_mapping){ .enabled = true, .display = (enum pk_output_display)display,
		.remembered = remembered };
}

static void assert_shows(const struct pk_mapping *output, int port, bool mirror) {
	assert_int_equal(output->port, port);
	assert_int_equal(output->mirror, mirror);
}

static void outputs_get_displays_in_order(void **state) {
	struct pk_mapping o[3] = { output(AUTO, -1), output(AUTO, -1), output(AUTO, -1) };
	pk_mapping_solve(o, 3, 8, false);
	for (int i = 0; i < 3; i++) {
		assert_shows(&o[i], i, false);
	}
}

static void a_wish_comes_before_the_order(void **state) {
	struct pk_mapping o[3] = { output(AUTO, -1), output(DISPLAY(0), -1), output(AUTO, -1) };
	pk_mapping_solve(o, 3, 8, false);
	assert_shows(&o[0], 1, false);
	assert_shows(&o[1], 0, false);
	assert_shows(&o[2], 2, false);
}

static void a_panel_gets_its_display_again(void **state) {
	struct pk_mapping o[3] = { output(AUTO, -1), output(AUTO, 0), output(AUTO, 5) };
	pk_mapping_solve(o, 3, 8, false);
	assert_shows(&o[0], 1, false);
	assert_shows(&o[1], 0, false);
	assert_shows(&o[2], 5, false);
	// unless somebody wished for it, or there are not as many
	o[0].display = DISPLAY(0);
	pk_mapping_solve(o, 3, 2, false);
	assert_shows(&o[0], 0, false);
	assert_shows(&o[1], 1, false);
	assert_shows(&o[2], -1, false);
}

static void two_outputs_show_one_display(void **state) {
	struct pk_mapping o[3] = { output(DISPLAY(2), -1), output(DISPLAY(2), -1),
		output(AUTO, -1) };
	pk_mapping_solve(o, 3, 8, false);
	assert_shows(&o[0], 2, false);
	assert_shows(&o[1], 2, true);
	assert_shows(&o[2], 0, false);
	o[1].primary = true;
	pk_mapping_solve(o, 3, 8, false);
	assert_shows(&o[0], 2, true);
	assert_shows(&o[1], 2, false);
	o[1].enabled = false; // then the other one drives it
	pk_mapping_solve(o, 3, 8, false);
	assert_shows(&o[0], 2, false);
	assert_shows(&o[1], -1, false);
}

static void more_outputs_than_displays_are_idle_or_mirrors(void **state) {
	struct pk_mapping o[4] = { output(AUTO, -1), output(AUTO, -1), output(NONE, -1),
		output(DISPLAY(4), -1) };
	pk_mapping_solve(o, 4, 1, false);
	assert_shows(&o[0], 0, false);
	assert_shows(&o[1], -1, false);
	assert_shows(&o[2], -1, false);
	assert_shows(&o[3], -1, false); // there is no such display
	pk_mapping_solve(o, 4, 1, true);
	assert_shows(&o[1], 0, true);
	assert_shows(&o[2], -1, false);
	assert_shows(&o[3], -1, false);
}

static void no_outputs_and_no_displays_are_fine(void **state) {
	struct pk_mapping o = output(AUTO, 3);
	pk_mapping_solve(NULL, 0, 8, true);
	pk_mapping_solve(&o, 1, 0, true);
	assert_shows(&o, -1, false);
	pk_mapping_solve(&o, 1, 99, true);
	assert_shows(&o, 3, false);
}

// Every display has at most one driver, mirrors have one, wishes are kept: in 20,000 cases.
static void any_mapping_is_consistent(void **state) {
	uint32_t seed = 7;
	for (int round = 0; round < 20000; round++) {
		struct pk_mapping o[10];
		for (int i = 0; i < 10; i++) {
			seed = seed * 1664525 + 1013904223;
			o[i] = output((int)((seed >> 8) % 10), (int)((seed >> 16) % 10) - 1);
			o[i].enabled = (seed >> 24) % 4 != 0;
			o[i].primary = (seed >> 28) % 4 == 0;
		}
		unsigned int ports = (seed >> 4) % 9;
		pk_mapping_solve(o, 10, ports, (seed & 8) != 0);
		int drivers[PVG_MAX_PORTS] = { 0 };
		for (int i = 0; i < 10; i++) {
			assert_in_range(o[i].port + 1, 0, ports);
			assert_true(o[i].enabled || o[i].port < 0);
			if (o[i].port >= 0 && !o[i].mirror) {
				drivers[o[i].port]++;
			}
			if (o[i].enabled && o[i].display >= PK_OUTPUT_DISPLAY_0 &&
					o[i].display - PK_OUTPUT_DISPLAY_0 < ports) {
				assert_int_equal(o[i].port, o[i].display - PK_OUTPUT_DISPLAY_0);
			}
		}
		for (int i = 0; i < 10; i++) {
			assert_true(o[i].port < 0 || drivers[o[i].port] == 1);
		}
	}
}

/* ---- modes ----------------------------------------------------------------------------------- */

static const struct pk_mode_entry *find(const struct pk_modes *modes, int width, int height) {
	for (size_t i = 0; i < modes->count; i++) {
		if (modes->entries[i].mode.width == width &&
				modes->entries[i].mode.height == height) {
			return &modes->entries[i];
		}
	}
	return NULL;
}

static void absurd_modes_are_named(void **state) {
	struct pk_modes modes = { 0 };
	assert_string_equal(pk_modes_add(&modes, 0, 0, 60000), "no size");
	assert_string_equal(pk_modes_add(&modes, -5, 600, 60000), "no size");
	assert_non_null(strstr(pk_modes_add(&modes, 16384, 600, 60000), "larger"));
	assert_non_null(strstr(pk_modes_add(&modes, 64, 64, 60000), "too small"));
	assert_non_null(strstr(pk_modes_add(&modes, 800, 600, 1000), "below 10 Hz"));
	assert_non_null(strstr(pk_modes_add(&modes, 800, 600, -1), "below 10 Hz"));
	assert_non_null(strstr(pk_modes_add(&modes, 800, 600, 2000000), "above 1000 Hz"));
	assert_int_equal(modes.count, 0);
	assert_null(pk_modes_add(&modes, 800, 600, 0)); // unknown is 60 Hz
	assert_int_equal(modes.entries[0].mode.refresh_mhz, 60000);
	assert_null(pk_modes_add(&modes, 800, 600, 60000));
	assert_int_equal(modes.count, 1);
}

static void smaller_modes_of_the_same_shape_are_added(void **state) {
	struct pk_modes modes = { 0 };
	struct pvg_mode native = { 3840, 2160, 143856 };
	pk_modes_add(&modes, 3840, 2160, 143856);
	pk_modes_add(&modes, 2560, 1440, 60000);
	pk_modes_add_scaled(&modes, &native);
	assert_false(modes.entries[0].scaled);
	assert_false(find(&modes, 2560, 1440)->scaled); // the panel has it
	assert_true(find(&modes, 1920, 1080)->scaled);
	assert_int_equal(find(&modes, 1920, 1080)->mode.refresh_mhz, 143856);
	assert_true(find(&modes, 1280, 720)->scaled);
	assert_null(find(&modes, 1920, 1200)); // another shape
	assert_null(find(&modes, 1024, 768));
	for (size_t i = 1; i < modes.count; i++) {
		assert_true(modes.entries[i].mode.width < 3840);
	}
}

static void half_the_size_is_there_for_a_strange_panel(void **state) {
	struct pk_modes modes = { 0 };
	struct pvg_mode native = { 3000, 2000, 60000 }; // 3:2, as some notebooks
	pk_modes_add(&modes, 3000, 2000, 60000);
	pk_modes_add_scaled(&modes, &native);
	assert_true(find(&modes, 1500, 1000)->scaled);
	assert_int_equal(modes.count, 2);
	struct pvg_mode small = { 1366, 768, 60000 }; // half of it is nothing
	modes.count = 0;
	pk_modes_add_scaled(&modes, &small);
	assert_null(find(&modes, 683, 384));
	assert_non_null(find(&modes, 1280, 720));
	pk_modes_add_scaled(&modes, &(struct pvg_mode){ 0 });
}

static void a_full_list_says_so(void **state) {
	struct pk_modes modes = { 0 };
	for (int i = 0; i < PVG_MAX_MODES; i++) {
		assert_null(pk_modes_add(&modes, 800 + i, 600, 60000));
	}
	assert_non_null(strstr(pk_modes_add(&modes, 1920, 1080, 60000), "full"));
	pk_modes_add_scaled(&modes, &(struct pvg_mode){ 3840, 2160, 60000 });
	assert_int_equal(modes.count, PVG_MAX_MODES);
}

/* ---- density and identity -------------------------------------------------------------------- */

static void density_is_the_panels_unless_it_is_absurd(void **state) {
	assert_in_range((int)pk_desc_ppi(3840, 2160, 600, 340, 0), 162, 163);
	assert_int_equal((int)pk_desc_ppi(3840, 2160, 600, 340, 220), 220);
	static const int absurd[][2] = { { 0, 0 }, { 0, 340 }, { 16, 9 }, { 160, 90 },
		{ 1600, 900 }, { 160, 100 }, { 1600, 1000 }, { 40, 30 }, { 4, 3 }, { 10, 10 },
		{ -600, -340 }, { 600, 100 }, { 60000, 34000 } };
	for (size_t i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		assert_int_equal((int)pk_desc_ppi(1920, 1080, absurd[i][0], absurd[i][1], 0), 100);
	}
}

static void panels_are_told_apart(void **state) {
	struct pk_desc_input a = { .make = "M", .model = "X", .serial = "1", .connector = "DP-1" };
	struct pk_desc_input b = a;
	char id_a[256], id_b[256];
	b.connector = "DP-2"; // the same panel on another connector
	pk_desc_identity(&a, id_a, sizeof(id_a));
	pk_desc_identity(&b, id_b, sizeof(id_b));
	assert_string_equal(id_a, id_b);
	assert_int_equal(pk_desc_serial(&a), pk_desc_serial(&b));
	b.twin = true; // two that say they are the same
	pk_desc_identity(&b, id_b, sizeof(id_b));
	assert_string_not_equal(id_a, id_b);
	assert_int_not_equal(pk_desc_serial(&a), pk_desc_serial(&b));
	a = (struct pk_desc_input){ .model = "Unknown", .connector = "DP-1" };
	b = (struct pk_desc_input){ .connector = "DP-1" };
	pk_desc_identity(&a, id_a, sizeof(id_a));
	pk_desc_identity(&b, id_b, sizeof(id_b));
	assert_string_equal(id_a, "DP-1");
	assert_string_equal(id_a, id_b);
}

/* ---- what is kept for a start without panels ------------------------------------------------- */

static const struct pk_facts panel = {
	.known = true,
	.make = "ACME Inc.",
	.model = "Panel 27",
	.serial = "a b",
	.connector = "DP-1",
	.twin = true,
	.current = { 2560, 1440, 143856 },
	.phys_width_mm = 597,
	.phys_height_mm = 336,
};

static char *written(const struct pk_facts *facts) {
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	pk_facts_write(facts, out);
	fclose(out);
	return text;
}

static void a_panel_is_remembered(void **state) {
	struct pk_facts before[PVG_MAX_PORTS] = { [2] = panel }, after[PVG_MAX_PORTS];
	memset(after, 0, sizeof(after));
	char *text = written(before);
	assert_true(pk_facts_read(text, after));
	assert_false(after[0].known);
	assert_true(after[2].known && after[2].twin);
	assert_string_equal(after[2].make, "ACME Inc.");
	assert_string_equal(after[2].serial, "a b");
	assert_int_equal(after[2].current.refresh_mhz, 143856);
	assert_int_equal(after[2].phys_height_mm, 336);
	assert_int_equal(after[2].modes.entries[0].mode.width, 2560);
	char *again = written(after);
	assert_string_equal(text, again);
	free(again);
	free(text);
}

static void a_file_that_is_none_changes_nothing(void **state) {
	static const char *const bad[] = { "", "\n", "display 0\n",
		"# pvg-kiosk: the panels that displays had last\nmake x\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 8\nmode 800 600 60000\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 0\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 0\nmode 80000 600 60000\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 0\nmode 800 600\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 0\nmode 800 600 60000 1\n",
		"# pvg-kiosk: the panels that displays had last\ndisplay 0\nmode 800 600 60000" };
	struct pk_facts facts[PVG_MAX_PORTS] = { panel };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(pk_facts_read(bad[i], facts));
		assert_string_equal(facts[0].model, "Panel 27");
	}
	// Every cut and every changed byte of a right one: no harm, and no display too many.
	char *text = written(facts);
	size_t length = strlen(text);
	for (size_t at = 0; at < length; at++) {
		for (int byte = 0; byte < 256; byte++) {
			char old = text[at];
			text[at] = (char)byte;
			struct pk_facts other[PVG_MAX_PORTS] = { 0 };
			if (pk_facts_read(text, other)) {
				unsigned int known = 0;
				for (int i = 0; i < PVG_MAX_PORTS; i++) {
					known += other[i].known;
					assert_true(other[i].current.width <= PVG_MAX_SURFACE_EDGE);
				}
				assert_true(known <= 1);
			}
			text[at] = old;
		}
	}
	free(text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outputs_get_displays_in_order),
		cmocka_unit_test(a_wish_comes_before_the_order),
		cmocka_unit_test(a_panel_gets_its_display_again),
		cmocka_unit_test(two_outputs_show_one_display),
		cmocka_unit_test(more_outputs_than_displays_are_idle_or_mirrors),
		cmocka_unit_test(no_outputs_and_no_displays_are_fine),
		cmocka_unit_test(any_mapping_is_consistent),
		cmocka_unit_test(absurd_modes_are_named),
		cmocka_unit_test(smaller_modes_of_the_same_shape_are_added),
		cmocka_unit_test(half_the_size_is_there_for_a_strange_panel),
		cmocka_unit_test(a_full_list_says_so),
		cmocka_unit_test(density_is_the_panels_unless_it_is_absurd),
		cmocka_unit_test(panels_are_told_apart),
		cmocka_unit_test(a_panel_is_remembered),
		cmocka_unit_test(a_file_that_is_none_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
