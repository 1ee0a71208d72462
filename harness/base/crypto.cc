#include "harness/base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/sha.h>

namespace keyrig::crypto {
namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Result<Bytes, Error> AesCbc(EVP_CIPHER* cipher, ByteView key, ByteView iv, ByteView data,
                            bool encrypt) {
  if (iv.size() != 16) return Fail("an AES-CBC initialization vector has 16 bytes");
  if (data.size() % 16 != 0) return Fail("AES-CBC without padding needs a multiple of 16 bytes");
  const CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  Bytes out(data.size() + 16);
  int size = 0;
  if (EVP_CipherInit_ex2(context.get(), cipher, key.data(), iv.data(), encrypt ? 1 : 0, nullptr) !=
          1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), out.data(), &size, data.data(),
                       static_cast<int>(data.size())) != 1) {
    return Fail("AES-CBC failed in OpenSSL");
  }
  out.resize(static_cast<std::size_t>(size));
  return out;
}

Result<Bytes, Error> Aes256Cbc(ByteView key, ByteView iv, ByteView data, bool encrypt) {
  if (key.size() != 32) return Fail("an AES-256 key has 32 bytes");
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr);
  return AesCbc(cipher, key, iv, data, encrypt);
}

}  // namespace

ByteArray<20> Sha1(ByteView data) {
  ByteArray<20> digest;
  SHA1(data.data(), data.size(), digest.data());
  return digest;
}

ByteArray<32> Sha256(ByteView data) {
  ByteArray<32> digest;
  SHA256(data.data(), data.size(), digest.data());
  return digest;
}

ByteArray<32> HmacSha256(ByteView key, ByteView data) {
  // RFC 2104 over two hashes: HMAC() of OpenSSL 3 fetches its algorithm at each call, which costs
  // more than the hashing of messages as short as these.
  constexpr std::size_t kBlock = 64;
  ByteArray<kBlock> padded{};
  if (key.size() > kBlock) {
    const auto hashed = Sha256(key);
    std::copy(hashed.begin(), hashed.end(), padded.begin());
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  Bytes inner(kBlock);
  ByteArray<kBlock + 32> outer;
  for (std::size_t i = 0; i < kBlock; ++i) {
    inner[i] = padded[i] ^ 0x36;
    outer[i] = padded[i] ^ 0x5C;
  }
  Append(inner, data);
  const auto digest = Sha256(inner);
  std::copy(digest.begin(), digest.end(), outer.begin() + kBlock);
  OPENSSL_cleanse(inner.data(), inner.size());
  return Sha256(outer);
}

Bytes HkdfSha256(ByteView ikm, ByteView salt, ByteView info, std::size_t length) {
  const auto prk = HmacSha256(salt, ikm);
  Bytes okm;
  ByteView previous;
  Bytes block;
  for (std::uint8_t i = 1; okm.size() < length; ++i) {
    const auto next = HmacSha256(prk, Concat({previous, info, ByteArray<1>{i}}));
    block.assign(next.begin(), next.end());
    previous = block;
    Append(okm, block);
  }
  okm.resize(length);
  return okm;
}

Result<Bytes, Error> Aes128CbcEncrypt(ByteView key, ByteView iv, ByteView data) {
  if (key.size() != 16) return Fail("an AES-128 key has 16 bytes");
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
  return AesCbc(cipher, key, iv, data, true);
}

Result<Bytes, Error> Aes256CbcEncrypt(ByteView key, ByteView iv, ByteView data) {
  return Aes256Cbc(key, iv, data, true);
}

Result<Bytes, Error> Aes256CbcDecrypt(ByteView key, ByteView iv, ByteView data) {
  return Aes256Cbc(key, iv, data, false);
}

bool ConstantTimeEqual(ByteView a, ByteView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace keyrig::crypto
