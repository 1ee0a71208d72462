#include "virtual-key/control/http_token.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "harness/base/bytes.h"
#include "harness/base/file_descriptor.h"
#include "harness/base/rng.h"

namespace keyrig::control {
namespace {

constexpr std::size_t kTokenBytes = 32;

Result<std::string, Error> ReadToken(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status{};
  if (!file || ::fstat(file.get(), &status) != 0) {
    return Fail("cannot read " + path.string() + ": " + std::strerror(errno));
  }
  if (!S_ISREG(status.st_mode)) return Fail(path.string() + " is no file");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(path.string() + " may be read by others; chmod 600 it, or name another file");
  }
  std::array<char, 128> buffer{};
  const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
  std::string_view token(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  while (token.ends_with('\n')) token.remove_suffix(1);
  const auto bytes = FromBase64Url(token);
  if (!bytes || bytes->size() != kTokenBytes) {
    return Fail(path.string() + " holds something else than a token; name another file");
  }
  return std::string(token);
}

}  // namespace

std::string NewHttpToken() { return ToBase64Url(Rng().Stream("http token").Take(kTokenBytes)); }

Result<std::string, Error> OpenHttpToken(const std::filesystem::path& path) {
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file && errno == EEXIST) return ReadToken(path);
  const std::string token = NewHttpToken();
  const std::string line = token + "\n";
  if (!file || ::write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    return Fail("cannot write " + path.string() + ": " + std::strerror(errno));
  }
  return token;
}

}  // namespace keyrig::control
