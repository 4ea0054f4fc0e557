// SPDX-License-Identifier: GPL-2.0-or-later
#include "micro-vk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vulkan.h>

#define DEADLINE_NS UINT64_C(60000000000)
#define DEVICES_MAX 16u
#define FAMILIES_MAX 16u

struct micro_vk {
	VkInstance instance;
	VkPhysicalDevice gpu;
	VkDevice device;
	VkQueue queue;
	VkCommandPool pool;
	uint32_t family, memory_type, features;
	char name[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE];
};

// A buffer with memory of its own, mapped as long as it lives.
struct memory {
	VkBuffer buffer;
	VkDeviceMemory memory;
	uint8_t *map;
	uint64_t bytes;
};

struct running {
	struct micro_vk *vk; // borrowed
	const struct micro_case *c; // borrowed
	const struct pvg_reflection *f; // borrowed
	struct memory buffers[MICRO_BUFFERS], params;
	VkDescriptorSetLayout set_layout;
	VkPipelineLayout layout;
	VkShaderModule module;
	VkPipeline pipeline;
	VkDescriptorPool descriptors;
	VkCommandBuffer commands;
	VkFence fence;
};

/* ---- the device ---------------------------------------------------------------------------- */

static bool make_instance(struct micro_vk *vk) {
	const VkApplicationInfo application = {
		.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
		.apiVersion = VK_API_VERSION_1_2,
	};
	const VkInstanceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
		.pApplicationInfo = &application,
	};
	return vkCreateInstance(&info, NULL, &vk->instance) == VK_SUCCESS;
}

static bool choose_gpu(struct micro_vk *vk) {
	VkPhysicalDevice gpus[DEVICES_MAX];
	uint32_t count = DEVICES_MAX;
	VkResult result = vkEnumeratePhysicalDevices(vk->instance, &count, gpus);
	if ((result != VK_SUCCESS && result != VK_INCOMPLETE) || count == 0) {
		return false;
	}
	vk->gpu = gpus[0];
	for (uint32_t i = 0; i < count; i++) {
		VkPhysicalDeviceProperties p;
		vkGetPhysicalDeviceProperties(gpus[i], &p);
		if (p.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU) {
			vk->gpu = gpus[i];
			break;
		}
	}
	return true;
}

static bool choose_family(struct micro_vk *vk) {
	VkQueueFamilyProperties families[FAMILIES_MAX];
	uint32_t count = FAMILIES_MAX;
	vkGetPhysicalDeviceQueueFamilyProperties(vk->gpu, &count, families);
	for (vk->family = 0; vk->family < count; vk->family++) {
		if (families[vk->family].queueFlags & VK_QUEUE_COMPUTE_BIT) {
			return true;
		}
	}
	return false;
}

static bool choose_memory(struct micro_vk *vk) {
	const VkMemoryPropertyFlags wanted =
		VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
	VkPhysicalDeviceMemoryProperties p;
	vkGetPhysicalDeviceMemoryProperties(vk->gpu, &p);
	for (vk->memory_type = 0; vk->memory_type < p.memoryTypeCount; vk->memory_type++) {
		if ((p.memoryTypes[vk->memory_type].propertyFlags & wanted) == wanted) {
			return true;
		}
	}
	return false;
}

// Everything that the device has is switched on; what the translator may use of it is kept.
static bool make_device(struct micro_vk *vk) {
	VkPhysicalDeviceVulkan12Features v12 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES,
	};
	VkPhysicalDeviceVulkan11Features v11 = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES,
		.pNext = &v12,
	};
	VkPhysicalDeviceFeatures2 all = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
		.pNext = &v11,
	};
	vkGetPhysicalDeviceFeatures2(vk->gpu, &all);
	bool int64 = all.features.shaderInt64;
	vk->features |= (all.features.shaderInt16 ? PVG_FEATURE_INT16 : 0u) |
		(int64 ? PVG_FEATURE_INT64 : 0u) | (v12.shaderFloat16 ? PVG_FEATURE_FLOAT16 : 0u) |
		(v11.storageBuffer16BitAccess ? PVG_FEATURE_STORAGE16 : 0u) |
		(v12.storageBuffer8BitAccess ? PVG_FEATURE_STORAGE8 : 0u) |
		(int64 && v12.shaderBufferInt64Atomics ? PVG_FEATURE_ATOMIC64 : 0u);
	const float priority = 1;
	const VkDeviceQueueCreateInfo queue = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
		.queueFamilyIndex = vk->family,
		.queueCount = 1,
		.pQueuePriorities = &priority,
	};
	const VkDeviceCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
		.pNext = &all,
		.queueCreateInfoCount = 1,
		.pQueueCreateInfos = &queue,
	};
	const VkCommandPoolCreateInfo pool = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
		.queueFamilyIndex = vk->family,
	};
	if (!all.features.robustBufferAccess ||
		vkCreateDevice(vk->gpu, &info, NULL, &vk->device) != VK_SUCCESS) {
		return false;
	}
	vkGetDeviceQueue(vk->device, vk->family, 0, &vk->queue);
	return vkCreateCommandPool(vk->device, &pool, NULL, &vk->pool) == VK_SUCCESS;
}

struct micro_vk *micro_vk_create(char *why, size_t why_bytes) {
	struct micro_vk *vk = calloc(1, sizeof(*vk));
	if (vk == NULL || !make_instance(vk) || !choose_gpu(vk)) {
		snprintf(why, why_bytes, "no Vulkan device");
		micro_vk_destroy(vk);
		return NULL;
	}
	VkPhysicalDeviceSubgroupProperties subgroups = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
	};
	VkPhysicalDeviceProperties2 p = {
		.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
		.pNext = &subgroups,
	};
	vkGetPhysicalDeviceProperties2(vk->gpu, &p);
	snprintf(vk->name, sizeof(vk->name), "%s", p.properties.deviceName);
	if (p.properties.apiVersion < VK_API_VERSION_1_2) {
		snprintf(why, why_bytes, "%s is below Vulkan 1.2", vk->name);
	} else if (!choose_family(vk) || !choose_memory(vk) || !make_device(vk)) {
		snprintf(why, why_bytes, "%s cannot be used", vk->name);
	} else {
		vk->features |= subgroups.subgroupSize == 32 ? PVG_FEATURE_SUBGROUPS : 0u;
		return vk;
	}
	micro_vk_destroy(vk);
	return NULL;
}

void micro_vk_destroy(struct micro_vk *vk) {
	if (vk == NULL) {
		return;
	}
	if (vk->device != NULL) {
		vkDestroyCommandPool(vk->device, vk->pool, NULL);
		vkDestroyDevice(vk->device, NULL);
	}
	if (vk->instance != NULL) {
		vkDestroyInstance(vk->instance, NULL);
	}
	free(vk);
}

const char *micro_vk_name(const struct micro_vk *vk) {
	return vk->name;
}

uint32_t micro_vk_features(const struct micro_vk *vk) {
	return vk->features;
}

/* ---- resources ----------------------------------------------------------------------------- */

static bool fail(const struct running *r, const char *what) {
	printf("%s: vulkan: %s\n", r->c->path, what);
	return false;
}

static bool make_memory(struct running *r, struct memory *m, uint64_t bytes) {
	VkDevice device = r->vk->device;
	const VkBufferCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
		.size = bytes,
		.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
	};
	if (vkCreateBuffer(device, &info, NULL, &m->buffer) != VK_SUCCESS) {
		return fail(r, "no buffer");
	}
	VkMemoryRequirements needs;
	vkGetBufferMemoryRequirements(device, m->buffer, &needs);
	const VkMemoryAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
		.allocationSize = needs.size,
		.memoryTypeIndex = r->vk->memory_type,
	};
	void *map = NULL;
	bool good = (needs.memoryTypeBits >> r->vk->memory_type & 1) != 0 &&
		vkAllocateMemory(device, &allocate, NULL, &m->memory) == VK_SUCCESS &&
		vkBindBufferMemory(device, m->buffer, m->memory, 0) == VK_SUCCESS &&
		vkMapMemory(device, m->memory, 0, VK_WHOLE_SIZE, 0, &map) == VK_SUCCESS;
	if (!good) {
		return fail(r, "no memory");
	}
	m->map = map;
	m->bytes = bytes;
	memset(m->map, 0, bytes);
	return true;
}

static void drop_memory(struct running *r, struct memory *m) {
	vkDestroyBuffer(r->vk->device, m->buffer, NULL);
	vkFreeMemory(r->vk->device, m->memory, NULL);
}

// A uniform block has its whole length, whatever the bind has (reflect.h).
static uint64_t range_of(const struct running *r, const struct pvg_reflection_slot *s) {
	uint64_t bytes = r->c->buffers[s->metal_index].size_bytes;
	return s->flags & PVG_SLOT_UNIFORM ? (s->size_bytes + UINT64_C(15)) / 16 * 16 : bytes;
}

static bool fill_buffers(struct running *r) {
	uint64_t bytes[MICRO_BUFFERS] = { 0 };
	for (uint32_t i = 0; i < r->f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &r->f->slots[i];
		if (s->metal_index >= MICRO_BUFFERS || r->c->buffers[s->metal_index].data == NULL) {
			return fail(r, "a buffer without IN or SIZE");
		}
		uint64_t range = range_of(r, s), own = r->c->buffers[s->metal_index].size_bytes;
		uint64_t *most = &bytes[s->metal_index];
		*most = range > *most ? range : *most;
		*most = own > *most ? own : *most;
	}
	for (uint32_t i = 0; i < MICRO_BUFFERS; i++) {
		if (bytes[i] > 0) {
			if (!make_memory(r, &r->buffers[i], bytes[i])) {
				return false;
			}
			memcpy(r->buffers[i].map, r->c->buffers[i].data,
				r->c->buffers[i].size_bytes);
		}
	}
	uint32_t params[PVG_PARAMS_COUNT][4];
	micro_params(r->c, params);
	if (!make_memory(r, &r->params, sizeof(params))) {
		return false;
	}
	memcpy(r->params.map, params, sizeof(params));
	return true;
}

/* ---- the pipeline -------------------------------------------------------------------------- */

struct bindings {
	VkDescriptorSetLayoutBinding layout[MICRO_BUFFERS + 1];
	VkDescriptorBufferInfo buffers[MICRO_BUFFERS + 1];
	uint32_t count;
};

static void add_binding(struct bindings *b, uint32_t binding, bool uniform, VkBuffer buffer,
	uint64_t bytes) {
	b->layout[b->count] = (VkDescriptorSetLayoutBinding){
		.binding = binding,
		.descriptorType = uniform ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER
					  : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
		.descriptorCount = 1,
		.stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
	};
	b->buffers[b->count++] = (VkDescriptorBufferInfo){ buffer, 0, bytes };
}

static bool list_bindings(struct running *r, struct bindings *b) {
	for (uint32_t i = 0; i < r->f->slot_count; i++) {
		const struct pvg_reflection_slot *s = &r->f->slots[i];
		if (b->count == MICRO_BUFFERS) {
			return fail(r, "more slots than buffers");
		}
		add_binding(b, s->binding, s->flags & PVG_SLOT_UNIFORM,
			r->buffers[s->metal_index].buffer, range_of(r, s));
	}
	if (r->f->flags & PVG_REFLECT_PARAMS) {
		add_binding(b, r->f->params_binding, true, r->params.buffer, r->params.bytes);
	}
	return true;
}

static bool make_pipeline(struct running *r, const struct pvg_shader_result *result,
	const struct bindings *b) {
	VkDevice device = r->vk->device;
	const VkDescriptorSetLayoutCreateInfo set = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
		.bindingCount = b->count,
		.pBindings = b->layout,
	};
	if (vkCreateDescriptorSetLayout(device, &set, NULL, &r->set_layout) != VK_SUCCESS) {
		return fail(r, "no descriptor set layout");
	}
	const VkPipelineLayoutCreateInfo layout = {
		.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
		.setLayoutCount = 1,
		.pSetLayouts = &r->set_layout,
	};
	const VkShaderModuleCreateInfo module = {
		.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
		.codeSize = result->spirv_words * sizeof(*result->spirv),
		.pCode = result->spirv,
	};
	if (vkCreatePipelineLayout(device, &layout, NULL, &r->layout) != VK_SUCCESS ||
		vkCreateShaderModule(device, &module, NULL, &r->module) != VK_SUCCESS) {
		return fail(r, "the module was refused");
	}
	const VkComputePipelineCreateInfo pipeline = {
		.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
		.stage = {
			.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
			.stage = VK_SHADER_STAGE_COMPUTE_BIT,
			.module = r->module,
			.pName = "main",
		},
		.layout = r->layout,
	};
	return vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &pipeline, NULL, &r->pipeline) ==
			VK_SUCCESS ||
		fail(r, "no pipeline");
}

static VkDescriptorSet make_set(struct running *r, const struct bindings *b) {
	VkDevice device = r->vk->device;
	const VkDescriptorPoolSize sizes[] = {
		{ VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, MICRO_BUFFERS },
		{ VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, MICRO_BUFFERS + 1 },
	};
	const VkDescriptorPoolCreateInfo info = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
		.maxSets = 1,
		.poolSizeCount = 2,
		.pPoolSizes = sizes,
	};
	VkDescriptorSet set = VK_NULL_HANDLE;
	if (vkCreateDescriptorPool(device, &info, NULL, &r->descriptors) != VK_SUCCESS) {
		return set;
	}
	const VkDescriptorSetAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
		.descriptorPool = r->descriptors,
		.descriptorSetCount = 1,
		.pSetLayouts = &r->set_layout,
	};
	if (vkAllocateDescriptorSets(device, &allocate, &set) != VK_SUCCESS) {
		return VK_NULL_HANDLE;
	}
	for (uint32_t i = 0; i < b->count; i++) {
		const VkWriteDescriptorSet write = {
			.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
			.dstSet = set,
			.dstBinding = b->layout[i].binding,
			.descriptorCount = 1,
			.descriptorType = b->layout[i].descriptorType,
			.pBufferInfo = &b->buffers[i],
		};
		vkUpdateDescriptorSets(device, 1, &write, 0, NULL);
	}
	return set;
}

static bool dispatch(struct running *r, VkDescriptorSet set) {
	VkDevice device = r->vk->device;
	const VkCommandBufferAllocateInfo allocate = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
		.commandPool = r->vk->pool,
		.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
		.commandBufferCount = 1,
	};
	const VkCommandBufferBeginInfo begin = {
		.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
		.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
	};
	const VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };
	if (vkAllocateCommandBuffers(device, &allocate, &r->commands) != VK_SUCCESS ||
		vkBeginCommandBuffer(r->commands, &begin) != VK_SUCCESS ||
		vkCreateFence(device, &fence, NULL, &r->fence) != VK_SUCCESS) {
		return fail(r, "no command buffer");
	}
	vkCmdBindPipeline(r->commands, VK_PIPELINE_BIND_POINT_COMPUTE, r->pipeline);
	vkCmdBindDescriptorSets(r->commands, VK_PIPELINE_BIND_POINT_COMPUTE, r->layout, 0, 1, &set,
		0, NULL);
	vkCmdDispatch(r->commands, r->c->groups[0], r->c->groups[1], r->c->groups[2]);
	const VkMemoryBarrier barrier = {
		.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
		.srcAccessMask = VK_ACCESS_SHADER_WRITE_BIT,
		.dstAccessMask = VK_ACCESS_HOST_READ_BIT,
	};
	vkCmdPipelineBarrier(r->commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
		VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL, 0, NULL);
	const VkSubmitInfo submit = {
		.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
		.commandBufferCount = 1,
		.pCommandBuffers = &r->commands,
	};
	return (vkEndCommandBuffer(r->commands) == VK_SUCCESS &&
		       vkQueueSubmit(r->vk->queue, 1, &submit, r->fence) == VK_SUCCESS &&
		       vkWaitForFences(device, 1, &r->fence, VK_TRUE, DEADLINE_NS) == VK_SUCCESS) ||
		fail(r, "it did not complete");
}

static void drop_all(struct running *r) {
	VkDevice device = r->vk->device;
	vkDeviceWaitIdle(device);
	vkDestroyFence(device, r->fence, NULL);
	if (r->commands != NULL) {
		vkFreeCommandBuffers(device, r->vk->pool, 1, &r->commands);
	}
	vkDestroyDescriptorPool(device, r->descriptors, NULL);
	vkDestroyPipeline(device, r->pipeline, NULL);
	vkDestroyShaderModule(device, r->module, NULL);
	vkDestroyPipelineLayout(device, r->layout, NULL);
	vkDestroyDescriptorSetLayout(device, r->set_layout, NULL);
	for (uint32_t i = 0; i < MICRO_BUFFERS; i++) {
		drop_memory(r, &r->buffers[i]);
	}
	drop_memory(r, &r->params);
}

bool micro_vk_can(const struct pvg_shader_result *result) {
	const struct pvg_reflection *f = &result->reflection;
	bool can = f->stage == PVG_STAGE_KERNEL;
	for (uint32_t i = 0; can && i < f->slot_count; i++) {
		can = f->slots[i].kind == PVG_SLOT_BUFFER &&
			(f->slots[i].flags & PVG_SLOT_PACKED) == 0;
	}
	return can;
}

static bool check_one(struct running *r, const struct micro_check *k) {
	uint64_t at = (uint64_t)k->at[0] * micro_type_bytes(k->type);
	if (k->where != MICRO_AT_BUFFER || k->index >= MICRO_BUFFERS ||
		r->buffers[k->index].map == NULL) {
		return fail(r, "a check of a buffer that is not used");
	}
	uint64_t bytes = r->c->buffers[k->index].size_bytes;
	if (at >= bytes) {
		return fail(r, "a check behind the end");
	}
	return micro_compare(r->c, k, r->buffers[k->index].map + at, (uint32_t)(bytes - at));
}

bool micro_vk_run(struct micro_vk *vk, const struct micro_case *c,
	const struct pvg_shader_result *result) {
	struct running r = { .vk = vk, .c = c, .f = &result->reflection };
	struct bindings bindings = { .count = 0 };
	VkDescriptorSet set = VK_NULL_HANDLE;
	bool ok = fill_buffers(&r) && list_bindings(&r, &bindings) &&
		make_pipeline(&r, result, &bindings);
	if (ok) {
		set = make_set(&r, &bindings);
		ok = (set != VK_NULL_HANDLE || fail(&r, "no descriptors")) && dispatch(&r, set);
	}
	for (uint32_t i = 0, all = ok ? c->check_count : 0; i < all; i++) {
		ok = check_one(&r, &c->checks[i]) && ok;
	}
	drop_all(&r);
	return ok;
}
