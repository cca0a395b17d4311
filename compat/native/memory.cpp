// Keeps large blocks of tensor memory for reuse. Fresh memory costs a page fault per 4 KiB, which is more than many
// operators cost; malloc's own high thresholds reuse it too, but then sizes that change from batch to batch fragment the heap.
#include "shim.h"

#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <vector>

namespace {

constexpr size_t kSmall = 256 << 10;     // below: malloc
constexpr size_t kHuge = 2 << 20;        // from here: transparent huge pages
constexpr size_t kAllowance = 64 << 20;  // what may be kept beyond a quarter of the peak

// Stands before the data and keeps it aligned for vector instructions.
struct alignas(64) Header {
    size_t bytes;  // of the whole mapping; 0 for malloc's
};

void* data_of(Header* header) { return header + 1; }
Header* header_of(void* data) { return static_cast<Header*>(data) - 1; }

// Eight sizes per power of two, so that nearly equal batches share blocks and at most an eighth is wasted.
size_t rounded(size_t bytes) {
    const size_t step = size_t{1} << (60 - __builtin_clzll(bytes));
    return (bytes + step - 1) / step * step;
}

class Pool {
public:
    Header* take(size_t bytes) {
        const size_t wanted = rounded(bytes);
        std::lock_guard<std::mutex> lock(mutex_);
        // The newest that fits is the one that the caches still hold.
        for (size_t i = kept_.size(); i-- > 0;) {
            Header* block = kept_[i];
            if (block->bytes < wanted || block->bytes > wanted + wanted / 4) continue;
            kept_.erase(kept_.begin() + i);
            kept_bytes_ -= block->bytes;
            grow(block->bytes);
            return block;
        }
        const size_t peak = std::max(peak_, live_bytes_ + wanted);
        shrink_to(peak + peak / 4 + kAllowance, wanted);
        void* memory = map(wanted);
        if (memory == MAP_FAILED) {
            shrink_to(0, 0);
            memory = map(wanted);
        }
        TORCH_CHECK(memory != MAP_FAILED, "not enough memory: ", bytes, " bytes were asked for");
        grow(wanted);
        auto block = static_cast<Header*>(memory);
        block->bytes = wanted;
        return block;
    }

    void give(Header* block) {
        std::lock_guard<std::mutex> lock(mutex_);
        live_bytes_ -= block->bytes;
        kept_bytes_ += block->bytes;
        kept_.push_back(block);
    }

private:
    void grow(size_t bytes) {
        live_bytes_ += bytes;
        peak_ = std::max(peak_, live_bytes_);
    }

    // Lets the oldest go until live, kept and coming together fit.
    void shrink_to(size_t limit, size_t coming) {
        size_t gone = 0;
        while (gone < kept_.size() && live_bytes_ + kept_bytes_ + coming > limit) {
            Header* block = kept_[gone++];
            kept_bytes_ -= block->bytes;
            munmap(block, block->bytes);
        }
        kept_.erase(kept_.begin(), kept_.begin() + gone);
    }

    static void* map(size_t bytes) {
        void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory != MAP_FAILED && bytes >= kHuge) madvise(memory, bytes, MADV_HUGEPAGE);
        return memory;
    }

    std::mutex mutex_;
    std::vector<Header*> kept_;  // the oldest first
    size_t kept_bytes_ = 0;
    size_t live_bytes_ = 0;
    size_t peak_ = 0;
};

// Never destroyed: tensors may outlive every static object.
Pool& pool() {
    static Pool* instance = new Pool();
    return *instance;
}

void release(void* data) {
    if (!data) return;
    Header* header = header_of(data);
    if (header->bytes)
        pool().give(header);
    else
        c10::free_cpu(header);
}

at::DataPtr acquire(size_t bytes) {
    if (bytes == 0) return {nullptr, nullptr, &release, at::Device(at::kCPU)};
    Header* header;
    if (bytes < kSmall) {
        header = static_cast<Header*>(c10::alloc_cpu(bytes + sizeof(Header)));
        header->bytes = 0;
    } else {
        header = pool().take(bytes + sizeof(Header));
    }
    void* data = data_of(header);
    return {data, data, &release, at::Device(at::kCPU)};
}

// copy_data is pure virtual from libtorch 2.2 on and took a fourth argument later: no `override`, so that each version finds its own.
class BaseAllocator : public c10::Allocator {
public:
    at::DeleterFnPtr raw_deleter() const override { return &release; }
    void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
    void copy_data(void* to, const void* from, size_t bytes, bool) const { std::memcpy(to, from, bytes); }
};

// c10::Allocator::allocate is const up to libtorch 2.2 and not from 2.3 on.
template <typename Signature>
class KeepingAllocator;

template <typename Result>
class KeepingAllocator<Result (c10::Allocator::*)(size_t) const> final : public BaseAllocator {
public:
    Result allocate(size_t bytes) const override { return acquire(bytes); }
};

template <typename Result>
class KeepingAllocator<Result (c10::Allocator::*)(size_t)> final : public BaseAllocator {
public:
    Result allocate(size_t bytes) override { return acquire(bytes); }
};

}  // namespace

void compat::keep_memory() {
    static auto* allocator = new KeepingAllocator<decltype(&c10::Allocator::allocate)>();
    c10::SetCPUAllocator(allocator);
}
