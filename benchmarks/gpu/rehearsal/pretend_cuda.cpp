// A pretend GPU for rehearsals: loaded before libtorch 1.13 (a build without CUDA), it makes the device cuda:0 out of host memory and the
// CPU's kernels. As on a real one, an operator refuses tensors of two devices and a generator of another device, so whatever stayed behind
// on the CPU shows. It says nothing about speed, rounding, or the order in which a GPU adds up.
#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/unfold_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/impl/alloc_cpu.h>
#include <torch/library.h>

namespace {

using at::Tensor;
const at::Device kDevice(at::kCUDA, 0);

struct Guard final : c10::impl::DeviceGuardImplInterface {
    static c10::Stream stream() { return c10::Stream(c10::Stream::DEFAULT, kDevice); }
    at::DeviceType type() const override { return at::kCUDA; }
    at::Device exchangeDevice(at::Device) const override { return kDevice; }
    at::Device getDevice() const override { return kDevice; }
    void setDevice(at::Device device) const override { TORCH_CHECK(device.index() <= 0, "CUDA error: invalid device ordinal"); }
    void uncheckedSetDevice(at::Device) const noexcept override {}
    c10::Stream getStream(at::Device) const noexcept override { return stream(); }
    c10::Stream getDefaultStream(at::Device) const override { return stream(); }
    c10::Stream exchangeStream(c10::Stream other) const noexcept override { return other; }
    at::DeviceIndex deviceCount() const noexcept override { return 1; }
    void record(void**, const c10::Stream&, const c10::DeviceIndex, const c10::EventFlag) const override {}
    void block(void*, const c10::Stream&) const override {}
    bool queryEvent(void*) const override { return true; }
    bool queryStream(const c10::Stream&) const override { return true; }
    void synchronizeStream(const c10::Stream&) const override {}
    void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard);

struct Generator final : at::CPUGeneratorImpl {
    Generator() { device_ = kDevice; }
    at::CPUGeneratorImpl* clone_impl() const override {
        auto copy = new Generator();
        copy->set_state(*get_state());
        return copy;
    }
};

struct Hooks final : at::CUDAHooksInterface {
    void initCUDA() const override {}
    const at::Generator& getDefaultCUDAGenerator(at::DeviceIndex) const override {
        static auto generator = new at::Generator(c10::make_intrusive<Generator>());
        return *generator;
    }
    bool hasCUDA() const override { return true; }
    bool hasPrimaryContext(int64_t) const override { return true; }
    bool isPinnedPtr(void*) const override { return false; }
    int64_t current_device() const override { return 0; }
    int getNumGPUs() const override { return 1; }
    void deviceSynchronize(int64_t) const override {}
};
const bool hooks_registered = [] {
    using Base = std::unique_ptr<at::CUDAHooksInterface>;
    at::CUDAHooksRegistry()->Register("CUDAHooks", [](at::CUDAHooksArgs) -> Base { return std::make_unique<Hooks>(); });
    return true;
}();

struct Allocator final : at::Allocator {
    at::DataPtr allocate(size_t bytes) const override {
        void* data = bytes ? c10::alloc_cpu(bytes) : nullptr;
        return {data, data, &c10::free_cpu, kDevice};
    }
    at::DeleterFnPtr raw_deleter() const override { return &c10::free_cpu; }
};
Allocator allocator;
const c10::DispatchKeySet kKeys(c10::DispatchKey::CUDA);

Tensor empty(at::IntArrayRef size, c10::optional<at::ScalarType> type, c10::optional<at::Layout>, c10::optional<at::Device>,
             c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
    return at::detail::empty_generic(size, &allocator, kKeys, type.value_or(at::kFloat), format);
}

Tensor empty_strided(at::IntArrayRef size, at::IntArrayRef stride, c10::optional<at::ScalarType> type, c10::optional<at::Layout>,
                     c10::optional<at::Device>, c10::optional<bool>) {
    return at::detail::empty_strided_generic(size, stride, &allocator, kKeys, type.value_or(at::kFloat));
}

// The same memory as a tensor of the CPU.
Tensor host(const Tensor& tensor) {
    if (!tensor.is_cuda()) return tensor;
    at::DataPtr data(tensor.storage().data(), at::Device(at::kCPU));
    c10::Storage storage(c10::Storage::use_byte_size_t(), tensor.storage().nbytes(), std::move(data));
    return at::detail::make_tensor<at::TensorImpl>(std::move(storage), c10::DispatchKeySet(c10::DispatchKey::CPU), tensor.dtype())
        .as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

Tensor& copy_(Tensor& to, const Tensor& from, bool) {
    host(to).copy_(host(from));
    return to;
}

at::Scalar item(const Tensor& tensor) { return at::_local_scalar_dense(host(tensor)); }

const Tensor& resize_(const Tensor& tensor, at::IntArrayRef size, c10::optional<at::MemoryFormat>) {
    tensor.unsafeGetTensorImpl()->set_sizes_contiguous(size);
    const size_t bytes = (tensor.storage_offset() + tensor.numel()) * tensor.element_size();
    auto storage = tensor.storage().unsafeGetStorageImpl();
    if (bytes <= storage->nbytes()) return tensor;
    auto data = allocator.allocate(bytes);
    if (storage->nbytes()) std::memcpy(data.get(), storage->data(), storage->nbytes());
    storage->set_data_ptr_noswap(std::move(data));
    storage->set_nbytes(bytes);
    return tensor;
}

Tensor copy_from_and_resize(const Tensor& from, const Tensor& to) {
    if (from.sizes() != to.sizes()) resize_(to, from.sizes(), c10::nullopt);
    host(to).copy_(host(from));
    return to;
}

// Numbers (no dimension) and indices may lie on the CPU, as on a real GPU.
bool left_behind(const Tensor& tensor, const std::string& name, size_t argument) {
    const bool index = name.rfind("aten::index", 0) == 0 && argument == 1 && name.find("_select") == std::string::npos;
    return tensor.defined() && tensor.is_cpu() && tensor.dim() > 0 && !index;
}

// Every operator that is not below.
void on_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
    const auto& name = op.schema().name();
    const size_t count = op.schema().arguments().size();
    at::Generator own, cpu;
    for (size_t i = 0; i < count; i++) {
        auto& value = (*stack)[stack->size() - count + i];
        bool wrong = value.isTensor() && left_behind(value.toTensor(), name, i);
        if (value.isTensorList())
            for (const Tensor& tensor : value.toTensorVector()) wrong |= left_behind(tensor, name, i);
        TORCH_CHECK(!wrong, "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (argument ",
            op.schema().arguments()[i].name(), " of ", name, ")");
        if (value.isGenerator()) {
            own = value.toGenerator();
            TORCH_CHECK(own.device().is_cuda(), "Expected a 'cuda' device type for generator but found 'cpu'");
            cpu = at::detail::createCPUGenerator();
            cpu.set_state(own.get_state());
            value = cpu;
        }
    }
    at::native::cpu_fallback(op, stack);
    if (own.defined()) own.set_state(cpu.get_state());
}

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(torch::CppFunction::makeFromBoxedFunction<&on_the_cpu>()); }
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
    library.impl("empty.memory_format", empty);
    library.impl("empty_strided", empty_strided);
    library.impl("copy_", copy_);
    library.impl("_copy_from_and_resize", copy_from_and_resize);
    library.impl("_local_scalar_dense", item);
    library.impl("resize_", resize_);
    library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
    library.impl("view", TORCH_FN(at::native::view));
    library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
    library.impl("unfold", TORCH_FN(at::native::unfold));
}

}  // namespace
