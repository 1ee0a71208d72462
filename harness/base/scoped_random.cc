// One hook for every source of chance that OpenSSL and libfido2 draw from on a thread. OpenSSL's
// RAND_METHOD is the only seam that reaches key generation and signing in every library context; it
// is deprecated, yet alive in 3.0 to 3.5.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/rand.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

#include "harness/base/crypto.h"

namespace keyrig::crypto {
namespace {

thread_local RandomStream* current = nullptr;

int Draw(unsigned char* out, int count) {
  if (current == nullptr) return RAND_OpenSSL()->bytes(out, count);
  current->Fill({out, static_cast<std::size_t>(count)});
  return 1;
}

int Status() { return 1; }

void Install() {
  static const bool installed = [] {
    static const RAND_METHOD method = {nullptr, &Draw, nullptr, nullptr, &Draw, &Status};
    return RAND_set_rand_method(&method) == 1;
  }();
  if (!installed) std::abort();
}

}  // namespace

ScopedRandom::ScopedRandom(RandomStream& stream) : previous_(current) {
  Install();
  current = &stream;
}

ScopedRandom::~ScopedRandom() { current = previous_; }

RandomStream* ScopedRandom::Current() { return current; }

}  // namespace keyrig::crypto

/// Takes the place of libc's for libfido2, which draws nonces and IVs from it.
extern "C" void arc4random_buf(void* out, std::size_t count) noexcept {
  auto* bytes = static_cast<unsigned char*>(out);
  if (keyrig::crypto::current != nullptr) {
    keyrig::crypto::current->Fill({bytes, count});
    return;
  }
  while (count > 0) {
    const ssize_t got = getrandom(bytes, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();
    bytes += got;
    count -= static_cast<std::size_t>(got);
  }
}
