// The C interface between the managed side and libtorch. Every function that can fail returns a status and leaves its
// message for compat_error(); none lets a C++ exception through. A tensor handle is an at::Tensor* owned by the caller.
#pragma once
#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <cstdint>
#include <exception>
#include <string>

#define COMPAT_API extern "C" __attribute__((visibility("default")))

enum class Kind : int32_t { None, Tensor, Int, Double, Bool, Ints, Tensors, Device, Generator, String };

// One argument or result of an operator. Lists and strings are borrowed from the caller for the time of the call.
struct Value {
    Kind kind;
    int32_t count;
    union {
        int64_t integer;
        double real;
        void* pointer;
    };
};

namespace compat {

void set_error(const std::exception& error);
void set_error(const char* message);
void keep_memory();

inline const at::Tensor& tensor(const void* handle) { return *static_cast<const at::Tensor*>(handle); }
inline void* handle(at::Tensor value) { return value.defined() ? new at::Tensor(std::move(value)) : nullptr; }
inline at::Device device(int64_t packed) {
    return at::Device(static_cast<at::DeviceType>(packed >> 32), static_cast<c10::DeviceIndex>(static_cast<int32_t>(packed)));
}

// Runs `body`; on an exception keeps its message and returns `failed`.
template <typename Result, typename Body>
Result guarded(Result failed, Body body) noexcept {
    try {
        return body();
    } catch (const std::exception& error) {
        set_error(error);
    } catch (...) {
        set_error("unknown native exception");
    }
    return failed;
}

template <typename Body>
int guarded(Body body) noexcept {
    return guarded(-1, [&] { body(); return 0; });
}

}  // namespace compat
