// What belongs to the process or the device: errors, set-up, threads, random generators, CUDA without CUDA's headers.
#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <torch/cuda.h>
#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <mutex>
#include <string>

namespace {

thread_local std::string last_error;
std::string set_up_remark;

// memory.cpp keeps the memory of tensors; this is for malloc's (work space of the linear algebra): not back to the system each time.
void keep_work_space() {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

// Debian's libtorch takes whatever libblas.so.3 is; anything but OpenBLAS for OpenMP costs 1.5 to 60 times the speed.
std::string blas_remark() {
    if (at::hasMKL()) return {};
    using Query = int (*)();
    void* library = dlopen("libblas.so.3", RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return {};  // linked statically or under another name: a build of one's own
    auto parallel = reinterpret_cast<Query>(dlsym(library, "openblas_get_parallel"));
    const int kind = parallel ? parallel() : -1;
    dlclose(library);
    constexpr int openmp = 2;
    if (kind == openmp) return {};
    return std::string("libtorch runs on ") + (parallel ? "an OpenBLAS without OpenMP" : "a BLAS that is not OpenBLAS") +
        ", which is many times slower; install libopenblas0-openmp and select it for libblas.so.3.";
}

}  // namespace

void compat::set_error(const char* message) { last_error = message; }
void compat::set_error(const std::exception& error) {
    auto torch_error = dynamic_cast<const c10::Error*>(&error);
    last_error = torch_error ? torch_error->what_without_backtrace() : error.what();
}

COMPAT_API const char* compat_error() { return last_error.c_str(); }

// Once per process, before anything else; `threads` for each operator unless OMP_NUM_THREADS says otherwise.
// Returns a remark on the installation, or null when all is well.
COMPAT_API const char* compat_initialize(int32_t threads) {
    keep_work_space();
    compat::guarded([&] {
        compat::keep_memory();
        if (!std::getenv("OMP_NUM_THREADS")) at::set_num_threads(threads);
        set_up_remark = blas_remark();
    });
    return set_up_remark.empty() ? nullptr : set_up_remark.c_str();
}

COMPAT_API const char* compat_version() { return TORCH_VERSION; }

COMPAT_API int32_t compat_num_threads() { return at::get_num_threads(); }
COMPAT_API int compat_set_num_threads(int32_t count) {
    return compat::guarded([&] { at::set_num_threads(count); });
}
COMPAT_API int32_t compat_num_interop_threads() { return at::get_num_interop_threads(); }
COMPAT_API int compat_set_num_interop_threads(int32_t count) {
    return compat::guarded([&] { at::set_num_interop_threads(count); });
}

// A generator of one's own, seeded: a copy of the device's default one, which needs no device header.
COMPAT_API void* compat_generator_new(int64_t device, uint64_t seed) {
    return compat::guarded<void*>(nullptr, [&] {
        auto generator = at::globalContext().defaultGenerator(compat::device(device)).clone();
        generator.set_current_seed(seed);
        return new at::Generator(std::move(generator));
    });
}
COMPAT_API void* compat_generator_default() {
    return compat::guarded<void*>(nullptr, [] { return new at::Generator(at::globalContext().defaultGenerator(at::kCPU)); });
}
COMPAT_API void compat_generator_free(void* generator) { delete static_cast<at::Generator*>(generator); }

COMPAT_API int compat_generator_seed(void* generator, uint64_t seed) {
    return compat::guarded([&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        target.set_current_seed(seed);
    });
}
COMPAT_API int compat_generator_initial_seed(void* generator, uint64_t* into) {
    return compat::guarded([&] { *into = static_cast<at::Generator*>(generator)->current_seed(); });
}
// Seeds from the system's entropy and says with what.
COMPAT_API int compat_generator_reseed(void* generator, uint64_t* into) {
    return compat::guarded([&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        *into = target.seed();
    });
}
COMPAT_API int compat_generator_state(void* generator, void** into) {
    return compat::guarded([&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        *into = compat::handle(target.get_state());
    });
}
COMPAT_API int compat_generator_set_state(void* generator, const void* state) {
    return compat::guarded([&] {
        auto& target = *static_cast<at::Generator*>(generator);
        std::lock_guard<std::mutex> lock(target.mutex());
        target.set_state(compat::tensor(state));
    });
}
// Seeds the default generators of every device.
COMPAT_API int compat_manual_seed(uint64_t seed) {
    return compat::guarded([&] { at::manual_seed(seed); });
}

COMPAT_API int32_t compat_cuda_device_count() {
    return compat::guarded<int32_t>(0, [] { return static_cast<int32_t>(torch::cuda::device_count()); });
}
COMPAT_API int32_t compat_cudnn_is_available() {
    return compat::guarded<int32_t>(0, [] { return torch::cuda::cudnn_is_available() ? 1 : 0; });
}
COMPAT_API int compat_cuda_synchronize(int64_t index) {
    return compat::guarded([&] { torch::cuda::synchronize(index); });
}
COMPAT_API int compat_cuda_manual_seed(uint64_t seed, int32_t all) {
    return compat::guarded([&] { all ? torch::cuda::manual_seed_all(seed) : torch::cuda::manual_seed(seed); });
}
