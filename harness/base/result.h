#pragma once

#include <string>
#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

namespace keyrig {

/// A value, or the reason why there is none. Nothing throws across a target.
template <typename T, typename E>
using Result = tl::expected<T, E>;

/// A failure in words for a person: it names the thing and says what to do.
struct Error {
  std::string message;
  friend bool operator==(const Error&, const Error&) = default;
};

template <typename E>
tl::unexpected<std::decay_t<E>> Err(E&& error) {
  return tl::unexpected<std::decay_t<E>>(std::forward<E>(error));
}

inline tl::unexpected<Error> Fail(std::string message) {
  return tl::unexpected<Error>(Error{std::move(message)});
}

/// The value of a Result that holds one; nothing for a Result<void, E>.
template <typename T, typename E>
T TakeValue(Result<T, E>&& result) {
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

}  // namespace keyrig

#define KEYRIG_TRY_NAME_2(counter) keyrig_try_##counter
#define KEYRIG_TRY_NAME(counter) KEYRIG_TRY_NAME_2(counter)
#define KEYRIG_TRY_WITH(name, ...)                            \
  __extension__({                                             \
    auto name = (__VA_ARGS__);                                \
    if (!name) return ::keyrig::Err(std::move(name).error()); \
    ::keyrig::TakeValue(std::move(name));                     \
  })

/// The value of a Result, or an early return of its error. Not among the members of a braced
/// initializer: compilers do not destroy those that were made before the return.
#define TRY(...) KEYRIG_TRY_WITH(KEYRIG_TRY_NAME(__COUNTER__), __VA_ARGS__)
