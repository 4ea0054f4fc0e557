// SPDX-License-Identifier: GPL-2.0-or-later
#include <spirv-tools/libspirv.h>

#include "translate.h"

/* Every module is validated before it leaves the worker: an invalid one crashes drivers. */

bool pvg_shader_validate(const struct pvg_shader_result *result,
	const struct pvg_shader_variant *variant, struct pvg_shader_status *status) {
	// 16-bit floats and 64-bit atomics came with Vulkan 1.2.
	bool vulkan = variant->profile == PVG_PROFILE_VULKAN,
	     native = (variant->features & PVG_FEATURE_NATIVE) != 0;
	spv_context context = spvContextCreate(!vulkan ? SPV_ENV_UNIVERSAL_1_3
			: native                       ? SPV_ENV_VULKAN_1_2
						       : SPV_ENV_VULKAN_1_1);
	spv_const_binary_t binary = {result->spirv, result->spirv_words};
	spv_diagnostic diagnostic = NULL;
	// Names for messages are made up for every id beforehand: a fifth of the time.
	spv_validator_options options = spvValidatorOptionsCreate();
	spvValidatorOptionsSetFriendlyNames(options, false);
	spv_result_t r = spvValidateWithOptions(context, options, &binary, &diagnostic);
	spvValidatorOptionsDestroy(options);
	if (r != SPV_SUCCESS) {
		pvg_shader_refuse(status, PVG_SHADER_INVALID_SPIRV, "%s",
			diagnostic != NULL && diagnostic->error != NULL ? diagnostic->error
									: "not valid");
	}
	spvDiagnosticDestroy(diagnostic);
	spvContextDestroy(context);
	return r == SPV_SUCCESS;
}
