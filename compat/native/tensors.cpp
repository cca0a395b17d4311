// What a tensor is (shape, type, place, autograd state) and its life.
#include "shim.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/GradMode.h>

#include <atomic>

namespace {

struct Description {
    void* data;
    int64_t elements;
    int32_t dimensions;
    int32_t type;
    int32_t device_type;
    int32_t device_index;
    int32_t element_size;
    int32_t flags;  // 1 contiguous, 2 requires_grad, 4 leaf, 8 dense (strided)
};

std::vector<at::Tensor> list(void* const* handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; i++) tensors.push_back(handles[i] ? compat::tensor(handles[i]) : at::Tensor());
    return tensors;
}

}  // namespace

COMPAT_API void compat_tensor_free(void* handle) { delete static_cast<at::Tensor*>(handle); }

COMPAT_API int compat_tensor_describe(const void* handle, Description* into) {
    return compat::guarded([&] {
        const auto& tensor = compat::tensor(handle);
        const bool dense = tensor.layout() == at::kStrided;
        into->data = dense && !tensor.is_meta() ? tensor.data_ptr() : nullptr;
        into->elements = tensor.numel();
        into->dimensions = static_cast<int32_t>(tensor.dim());
        into->type = static_cast<int32_t>(tensor.scalar_type());
        into->device_type = static_cast<int32_t>(tensor.device().type());
        into->device_index = tensor.device().index();
        into->element_size = static_cast<int32_t>(tensor.element_size());
        into->flags = (dense && tensor.is_contiguous() ? 1 : 0) | (tensor.requires_grad() ? 2 : 0) |
            (tensor.is_leaf() ? 4 : 0) | (dense ? 8 : 0);
    });
}

COMPAT_API int compat_tensor_sizes(const void* handle, int64_t* into) {
    return compat::guarded([&] {
        const auto sizes = compat::tensor(handle).sizes();
        std::copy(sizes.begin(), sizes.end(), into);
    });
}

COMPAT_API int compat_tensor_strides(const void* handle, int64_t* into) {
    return compat::guarded([&] {
        const auto strides = compat::tensor(handle).strides();
        std::copy(strides.begin(), strides.end(), into);
    });
}

COMPAT_API int compat_tensor_set_requires_grad(const void* handle, int32_t required) {
    return compat::guarded([&] { compat::tensor(handle).set_requires_grad(required != 0); });
}

COMPAT_API int compat_tensor_retain_grad(const void* handle) {
    return compat::guarded([&] { compat::tensor(handle).retain_grad(); });
}

// The gradient as a new handle, null when there is none.
COMPAT_API int compat_tensor_grad(const void* handle, void** into) {
    return compat::guarded([&] { *into = compat::handle(compat::tensor(handle).grad()); });
}

COMPAT_API int compat_tensor_set_grad(const void* handle, const void* gradient) {
    return compat::guarded([&] {
        const auto& tensor = compat::tensor(handle);
        if (gradient) {
            const auto& value = compat::tensor(gradient);
            TORCH_CHECK(value.sizes() == tensor.sizes(), "the gradient has shape ", value.sizes(), ", its tensor ", tensor.sizes());
            TORCH_CHECK(value.device() == tensor.device(), "the gradient lies on ", value.device(), ", its tensor on ", tensor.device());
            TORCH_CHECK(value.dtype() == tensor.dtype(), "the gradient is ", value.dtype(), ", its tensor ", tensor.dtype());
            tensor.mutable_grad() = value;
        } else {
            tensor.mutable_grad() = at::Tensor();
        }
    });
}

COMPAT_API int compat_backward(void* const* tensors, void* const* gradients, int32_t count, int32_t retain_graph, int32_t create_graph,
                               void* const* inputs, int32_t input_count) {
    return compat::guarded([&] {
        torch::autograd::backward(list(tensors, count), gradients ? list(gradients, count) : std::vector<at::Tensor>(), retain_graph != 0,
            create_graph != 0, list(inputs, input_count));
    });
}

COMPAT_API int compat_grad(void* const* outputs, void* const* gradients, int32_t count, void* const* inputs, int32_t input_count,
                           int32_t retain_graph, int32_t create_graph, int32_t allow_unused, void** into) {
    return compat::guarded([&] {
        auto found = torch::autograd::grad(list(outputs, count), list(inputs, input_count),
            gradients ? list(gradients, count) : std::vector<at::Tensor>(), retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); i++) into[i] = compat::handle(std::move(found[i]));
    });
}

COMPAT_API int32_t compat_grad_mode() { return c10::GradMode::is_enabled(); }
COMPAT_API void compat_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }
COMPAT_API int32_t compat_inference_mode() { return c10::InferenceMode::is_enabled(); }

// Inference mode lasts until the guard is freed, on the same thread.
COMPAT_API void* compat_inference_guard(int32_t enabled) {
    return compat::guarded<void*>(nullptr, [&] { return new c10::InferenceMode(enabled != 0); });
}
COMPAT_API void compat_inference_guard_free(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
