// SPDX-License-Identifier: GPL-2.0-or-later
#include <spirv-tools/libspirv.h>

#include "translate.h"

/* Every module is validated before it leaves the worker: an invalid one crashes drivers. */

bool pvg_shader_validate(const struct pvg_shader_result *result, uint32_t profile,
		struct pvg_shader_status *status) {
	spv_context context = spvContextCreate(profile == PVG_PROFILE_VULKAN ? SPV_ENV_VULKAN_1_1 :
		SPV_ENV_UNIVERSAL_1_3);
	spv_const_binary_t binary = {result->spirv, result->spirv_words};
	spv_diagnostic diagnostic = NULL;
	spv_result_t r = spvValidate(context, &binary, &diagnostic);
	if (r != SPV_SUCCESS) {
		pvg_shader_refuse(status, PVG_SHADER_INVALID_SPIRV, "%s",
			diagnostic != NULL && diagnostic->error != NULL ? diagnostic->error
									: "not valid");
	}
	spvDiagnosticDestroy(diagnostic);
	spvContextDestroy(context);
	return r == SPV_SUCCESS;
}
