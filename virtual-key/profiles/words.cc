#include "virtual-key/profiles/words.h"

namespace keyrig::profiles {

std::vector<std::pair<std::string, CoseAlgorithm>> AlgorithmWords() {
  // All signature algorithms that keyrig knows have numbers from here on.
  constexpr int kLeast = -300;
  std::vector<std::pair<std::string, CoseAlgorithm>> words;
  for (int number = -1; number >= kLeast; --number) {
    const auto algorithm = static_cast<CoseAlgorithm>(number);
    if (const auto name = Name(algorithm); name != "unknown") words.emplace_back(name, algorithm);
  }
  return words;
}

}  // namespace keyrig::profiles
