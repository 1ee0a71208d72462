#include <nlohmann/json.hpp>

#include "mock-entra/directory/service.h"

namespace keyrig::directory {

std::string ChallengeText(RandomStream stream) {
  const nlohmann::ordered_json header = {
      {"alg", "RSA-OAEP-256"}, {"enc", "A256GCM"}, {"x5t", ToBase64Url(stream.Take(20))}};
  std::string challenge = ToBase64Url(ViewOf(header.dump()));
  constexpr std::size_t kKey = 256, kIv = 12, kCiphertext = 3456, kTag = 16;
  for (const std::size_t size : {kKey, kIv, kCiphertext, kTag}) {
    challenge += "." + ToBase64Url(stream.Take(size));
  }
  return challenge;
}

}  // namespace keyrig::directory
