#include "harness/base/assets.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace keyrig {
namespace {

std::filesystem::path& Root() {
  static std::filesystem::path root;
  return root;
}

}  // namespace

void ServeAssetsFrom(std::filesystem::path root) { Root() = std::move(root); }

std::optional<std::string> FindAsset(std::span<const Asset> embedded, std::string_view path) {
  const auto found = std::ranges::find(embedded, path, &Asset::path);
  if (found == embedded.end()) return std::nullopt;
  if (!Root().empty()) {
    std::ifstream file(Root() / path, std::ios::binary);
    if (file) return std::string{std::istreambuf_iterator<char>(file), {}};
  }
  return std::string(found->content);
}

}  // namespace keyrig
