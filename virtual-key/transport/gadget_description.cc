#include "virtual-key/transport/gadget_description.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "virtual-key/transport/hid_device.h"

namespace keyrig::transport {
namespace {

constexpr std::size_t kMaxSerial = 63;
constexpr const char* kEnglish = "strings/0x409";
constexpr const char* kConfiguration = "configs/c.1";

std::string HexOf(std::uint16_t number) {
  std::array<char, 7> text{};
  std::snprintf(text.data(), text.size(), "0x%04x", number);
  return text.data();
}

GadgetPart Folder(std::filesystem::path path) {
  return {GadgetPart::Kind::kFolder, std::move(path), {}};
}

GadgetPart Attribute(std::filesystem::path path, std::string content) {
  return {GadgetPart::Kind::kAttribute, std::move(path), std::move(content)};
}

}  // namespace

bool IsSerial(std::string_view text) {
  return !text.empty() && text.size() <= kMaxSerial &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::vector<GadgetPart> DescribeGadget(const UsbIdentity& identity) {
  const std::filesystem::path english = kEnglish;
  const std::filesystem::path function = kHidFunction;
  const std::filesystem::path configuration = kConfiguration;
  return {
      Folder("."),
      Attribute("bcdUSB", "0x0200"),
      Attribute("bcdDevice", "0x0100"),
      Attribute("idVendor", HexOf(identity.vendor)),
      Attribute("idProduct", HexOf(identity.product)),
      Folder(english),
      Attribute(english / "manufacturer", identity.manufacturer),
      Attribute(english / "product", identity.product_name),
      Attribute(english / "serialnumber", identity.serial),
      Folder(function),
      Attribute(function / "protocol", "0"),  // no boot device
      Attribute(function / "subclass", "0"),
      Attribute(function / "report_length", "64"),
      Attribute(function / "report_desc",
                {kFidoReportDescriptor.begin(), kFidoReportDescriptor.end()}),
      Folder(configuration),
      Attribute(configuration / "bmAttributes", "0x80"),  // powered by the bus
      Attribute(configuration / "MaxPower", "100"),       // mA
      {GadgetPart::Kind::kLink, configuration / function.filename(), kHidFunction},
  };
}

}  // namespace keyrig::transport
