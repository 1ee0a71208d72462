#include "virtual-key/control/line_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <system_error>
#include <utility>

namespace keyrig::control {
namespace {

Result<sockaddr_un, Error> AddressOf(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path.native();
  if (text.empty() || text.size() >= sizeof(address.sun_path)) {
    return Fail("\"" + text + "\" is no path for a socket: it must have 1 to " +
                std::to_string(sizeof(address.sun_path) - 1) + " bytes");
  }
  std::memcpy(address.sun_path, text.data(), text.size());
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

FileDescriptor NewSocket() {
  return FileDescriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

Error Failed(const std::string& what, int error) { return {what + ": " + std::strerror(error)}; }

/// Makes way for a new socket at `path`.
Result<void, Error> ClearPath(const std::filesystem::path& path, const sockaddr_un& address) {
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISSOCK(status.st_mode)) {
    return Fail(path.string() + " exists and is no socket; choose another path");
  }
  const FileDescriptor probe = NewSocket();
  if (::connect(probe.get(), Generic(address), sizeof(address)) == 0) {
    return Fail(path.string() + " is in use by another process; stop it or choose another path");
  }
  if (errno != ECONNREFUSED) return Err(Failed("cannot probe " + path.string(), errno));
  if (::unlink(path.c_str()) != 0) return Err(Failed("cannot remove " + path.string(), errno));
  return {};
}

}  // namespace

bool WaitFor(int fd, short events, const std::stop_token& stop,
             std::optional<std::chrono::milliseconds> timeout) {
  const FileDescriptor wake(::eventfd(0, EFD_CLOEXEC));
  const std::stop_callback on_stop(stop, [&wake] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(wake.get(), &one, sizeof(one));
  });
  std::array<pollfd, 2> sources{pollfd{fd, events, 0}, pollfd{wake.get(), POLLIN, 0}};
  const int limit = timeout ? static_cast<int>(timeout->count()) : -1;
  while (::poll(sources.data(), sources.size(), limit) < 0 && errno == EINTR) {
  }
  return sources[0].revents != 0 && sources[1].revents == 0;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<LineSocket, Error> LineSocket::Connect(const std::filesystem::path& path) {
  const sockaddr_un address = TRY(AddressOf(path));
  FileDescriptor socket = NewSocket();
  if (!socket || ::connect(socket.get(), Generic(address), sizeof(address)) != 0) {
    return Fail("cannot reach a virtual key at " + path.string() + ": " + std::strerror(errno) +
                "; is virtual-key --control " + path.string() + " running?");
  }
  return LineSocket(std::move(socket));
}

std::optional<std::string> LineSocket::ReadLine(const std::stop_token& stop) {
  std::size_t searched = 0;
  while (true) {
    if (const auto end = buffer_.find('\n', searched); end != std::string::npos) {
      std::string line = buffer_.substr(0, std::min(end, kMaxLine));
      buffer_.erase(0, end + 1);
      return line;
    }
    buffer_.resize(std::min(buffer_.size(), kMaxLine));
    searched = buffer_.size();
    if (!Receive(stop)) return std::nullopt;
  }
}

std::optional<std::string> LineSocket::ReadSome(const std::stop_token& stop) {
  if (buffer_.empty() && !Receive(stop)) return std::nullopt;
  return std::exchange(buffer_, {});
}

bool LineSocket::Receive(const std::stop_token& stop) {
  while (WaitFor(socket_.get(), POLLIN, stop)) {
    std::array<char, 4096> part{};
    const ssize_t got = ::recv(socket_.get(), part.data(), part.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    buffer_.append(part.data(), static_cast<std::size_t>(got));
    return true;
  }
  return false;
}

bool LineSocket::WriteLine(std::string_view line) {
  return SendAll(socket_.get(), std::string(line) + "\n");
}

void LineSocket::Shutdown() { ::shutdown(socket_.get(), SHUT_RDWR); }

Result<ListeningSocket, Error> ListeningSocket::Bind(const std::filesystem::path& path) {
  const sockaddr_un address = TRY(AddressOf(path));
  TRY(ClearPath(path, address));
  FileDescriptor socket = NewSocket();
  // The path gets the socket's own mode at bind: it is never open to others, not for a moment.
  if (!socket || ::fchmod(socket.get(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(socket.get(), Generic(address), sizeof(address)) != 0) {
    return Err(Failed("cannot make the control socket " + path.string(), errno));
  }
  ListeningSocket listening(std::move(socket), path);
  if (::listen(listening.socket_.get(), SOMAXCONN) != 0) {
    return Err(Failed("cannot listen on " + path.string(), errno));
  }
  return listening;
}

ListeningSocket::~ListeningSocket() {
  if (socket_) ::unlink(path_.c_str());
}

}  // namespace keyrig::control
