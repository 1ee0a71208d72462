#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace keyrig {

/// A file that CMake's keyrig_assets embedded, by its path from the project's root.
struct Asset {
  std::string_view path;
  std::string_view content;
};

/// From now on, assets are read from below `root` (a checkout) instead of the embedded copies.
void ServeAssetsFrom(std::filesystem::path root);

/// The content of an asset; nothing where no such file was embedded.
std::optional<std::string> FindAsset(std::span<const Asset> embedded, std::string_view path);

}  // namespace keyrig
