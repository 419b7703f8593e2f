#pragma once
// Purpose: the way functions report failure. A function that can fail returns Result<T> (or Status,
// which is Result<void>); exceptions end a run and are never used for control flow.
// The API follows C++23's std::expected, so that it can be replaced by it.

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace motive {

enum class ErrorKind {
  kFailed,         // something went wrong while doing what was asked
  kInvalid,        // what was asked makes no sense: wrong usage, configuration or input (exit status 2)
  kNotApplicable,  // a method was asked for what it cannot do: the cell prints n/a
  kUnavailable,    // known, but not part of this version
  kCancelled,      // interrupted; the same command continues
};

/// What went wrong, where, and what to do about it, in words for the person at the keyboard.
struct Error {
  std::string message;
  ErrorKind kind = ErrorKind::kFailed;
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

using Status = Result<void>;

/// fail("{}: cannot open", path): an Error of kind kFailed.
template <class... A>
Error fail(fmt::format_string<A...> format, A&&... arguments) {
  return {fmt::format(format, std::forward<A>(arguments)...), ErrorKind::kFailed};
}

/// The same of kind kInvalid: the user can mend it.
template <class... A>
Error invalid(fmt::format_string<A...> format, A&&... arguments) {
  return {fmt::format(format, std::forward<A>(arguments)...), ErrorKind::kInvalid};
}

}  // namespace motive

#define MOTIVE_JOIN_(a, b) a##b
#define MOTIVE_JOIN(a, b) MOTIVE_JOIN_(a, b)

/// Leaves the function with the error of `expression` (a Result or Status), if it has one.
#define MOTIVE_TRY(expression)                                          \
  do {                                                                  \
    if (auto motive_status = (expression); !motive_status.has_value())  \
      return motive_status.error();                                     \
  } while (false)

/// MOTIVE_ASSIGN(auto x, f()): x becomes the value, or the function returns the error.
#define MOTIVE_ASSIGN(declaration, expression) \
  MOTIVE_ASSIGN_(declaration, expression, MOTIVE_JOIN(motive_result_, __LINE__))
#define MOTIVE_ASSIGN_(declaration, expression, temporary) \
  auto temporary = (expression);                           \
  if (!temporary.has_value()) return temporary.error();    \
  declaration = std::move(*temporary)
