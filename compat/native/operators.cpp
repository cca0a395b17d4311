// Any ATen operator by its schema name, through libtorch's dispatcher: one entry serves them all, autograd included.
#include "shim.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/stack.h>

using c10::IValue;

namespace {

thread_local std::vector<Value> results;

IValue unpack(const Value& value) {
    switch (value.kind) {
        case Kind::None: return {};
        case Kind::Tensor: return compat::tensor(value.pointer);
        case Kind::Int: return value.integer;
        case Kind::Double: return value.real;
        case Kind::Bool: return value.integer != 0;
        case Kind::Device: return compat::device(value.integer);
        case Kind::Generator: return *static_cast<at::Generator*>(value.pointer);
        case Kind::String: return std::string(static_cast<const char*>(value.pointer), value.count);
        case Kind::Ints: {
            c10::List<int64_t> list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; i++) list.push_back(static_cast<const int64_t*>(value.pointer)[i]);
            return list;
        }
        case Kind::Tensors: break;  // see unpack_tensors
    }
    TORCH_CHECK(false, "argument of unknown kind ", static_cast<int>(value.kind));
}

// A list of tensors; where the schema asks for `Tensor?[]` (indexing), absent ones stay None.
IValue unpack_tensors(const Value& value, const c10::TypePtr& type) {
    auto handles = static_cast<void* const*>(value.pointer);
    const bool optional = type->castRaw<c10::ListType>() != nullptr &&
        type->castRaw<c10::ListType>()->getElementType()->kind() == c10::TypeKind::OptionalType;
    if (optional) {
        c10::impl::GenericList list(c10::OptionalType::ofTensor());
        for (int32_t i = 0; i < value.count; i++) list.push_back(handles[i] ? IValue(compat::tensor(handles[i])) : IValue());
        return list;
    }
    c10::List<at::Tensor> list;
    list.reserve(value.count);
    for (int32_t i = 0; i < value.count; i++) {
        TORCH_CHECK(handles[i], "tensor ", i, " of the list is null");
        list.push_back(compat::tensor(handles[i]));
    }
    return list;
}

void pack(IValue value, std::vector<Value>& into) {
    Value result{};
    if (value.isTensor()) {
        result.kind = Kind::Tensor;
        result.pointer = compat::handle(std::move(value).toTensor());
    } else if (value.isTensorList()) {
        for (at::Tensor item : value.toTensorVector()) pack(std::move(item), into);
        return;
    } else if (value.isInt()) {
        result.kind = Kind::Int;
        result.integer = value.toInt();
    } else if (value.isDouble()) {
        result.kind = Kind::Double;
        result.real = value.toDouble();
    } else if (value.isBool()) {
        result.kind = Kind::Bool;
        result.integer = value.toBool();
    } else {
        TORCH_CHECK(value.isNone(), "result of unknown kind ", value.tagKind());
    }
    into.push_back(result);
}

}  // namespace

COMPAT_API const void* compat_operator(const char* name, const char* overload) {
    return compat::guarded<const void*>(nullptr, [&] {
        // Operator handles point into the dispatcher and stay valid as long as libtorch is loaded, so they are kept for good.
        return new c10::OperatorHandle(
            c10::Dispatcher::singleton().findSchemaOrThrow((std::string("aten::") + name).c_str(), overload));
    });
}

// Calls the operator; arguments left out take the schema's defaults. Returns the number of results (lists flattened) or -1.
// Results beyond `capacity` are kept for compat_take_results, on the same thread.
COMPAT_API int32_t compat_call(const void* op, const Value* arguments, int32_t count, Value* into, int32_t capacity) {
    return compat::guarded<int32_t>(-1, [&] {
        const auto& target = *static_cast<const c10::OperatorHandle*>(op);
        const auto& parameters = target.schema().arguments();
        TORCH_CHECK(static_cast<size_t>(count) <= parameters.size(), target.schema().name(), " takes at most ",
            parameters.size(), " arguments, got ", count);

        torch::jit::Stack stack;
        stack.reserve(parameters.size());
        for (int32_t i = 0; i < count; i++)
            stack.push_back(arguments[i].kind == Kind::Tensors ? unpack_tensors(arguments[i], parameters[i].type())
                                                               : unpack(arguments[i]));
        for (size_t i = count; i < parameters.size(); i++) {
            TORCH_CHECK(parameters[i].default_value(), target.schema().name(), " lacks argument ", parameters[i].name());
            stack.push_back(*parameters[i].default_value());
        }
        target.callBoxed(&stack);

        results.clear();
        for (auto& value : stack) pack(std::move(value), results);
        const auto produced = static_cast<int32_t>(results.size());
        if (produced <= capacity) std::copy(results.begin(), results.end(), into);
        return produced;
    });
}

COMPAT_API void compat_take_results(Value* into) { std::copy(results.begin(), results.end(), into); }
