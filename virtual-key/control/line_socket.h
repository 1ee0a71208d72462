#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "harness/base/file_descriptor.h"
#include "harness/base/result.h"

namespace keyrig::control {

/// One end of a UNIX stream socket that carries lines of text. Not thread-safe, but for Shutdown.
class LineSocket {
 public:
  /// All credentials of a key are one line. What follows up to the end of the line is dropped.
  static constexpr std::size_t kMaxLine = 1 << 24;

  explicit LineSocket(FileDescriptor socket) : socket_(std::move(socket)) {}
  /// An error names the path and says what to do.
  static Result<LineSocket, Error> Connect(const std::filesystem::path& path);

  /// The next line without its end; nothing once the other end has closed or `stop` is requested.
  std::optional<std::string> ReadLine(const std::stop_token& stop = {});
  /// What comes next, of any length; nothing as of ReadLine.
  std::optional<std::string> ReadSome(const std::stop_token& stop = {});
  /// False once the other end has closed.
  bool WriteLine(std::string_view line);
  /// Ends reads and writes on both ends, also those that wait on another thread.
  void Shutdown();
  int Handle() const { return socket_.get(); }

 private:
  /// Adds to the buffer what has come; false once there will be nothing.
  bool Receive(const std::stop_token& stop);

  FileDescriptor socket_;
  std::string buffer_;
};

/// Waits until `fd` has one of the poll(2) `events` or has hung up; false if `stop` or the end of
/// `timeout` comes first.
bool WaitFor(int fd, short events, const std::stop_token& stop,
             std::optional<std::chrono::milliseconds> timeout = {});
/// False once the other end has closed.
bool SendAll(int fd, std::string_view bytes);

/// A listening socket that only this user may reach (mode 0600 from its creation on), removed at
/// the end. A socket that a dead process left behind is replaced; one that is in use is an error.
class ListeningSocket {
 public:
  static Result<ListeningSocket, Error> Bind(const std::filesystem::path& path);
  ListeningSocket(ListeningSocket&&) noexcept = default;
  ListeningSocket& operator=(ListeningSocket&&) noexcept = delete;
  ~ListeningSocket();
  int Handle() const { return socket_.get(); }

 private:
  ListeningSocket(FileDescriptor socket, std::filesystem::path path)
      : socket_(std::move(socket)), path_(std::move(path)) {}
  FileDescriptor socket_;
  std::filesystem::path path_;
};

}  // namespace keyrig::control
