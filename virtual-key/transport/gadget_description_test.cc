#include "virtual-key/transport/gadget_description.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "harness/base/bytes.h"

namespace keyrig::transport {
namespace {

const UsbIdentity kBlueKey = {.vendor = 0x1050,
                              .product = 0x0407,
                              .manufacturer = "Contoso",
                              .product_name = "Blue Key",
                              .serial = "A-0001"};

std::string ContentOf(const std::string& path) {
  for (const GadgetPart& part : DescribeGadget(kBlueKey)) {
    if (part.path == path) return part.content;
  }
  return "nothing at " + path;
}

TEST(GadgetDescriptionTest, SaysWhoTheKeyIs) {
  EXPECT_EQ(ContentOf("idVendor"), "0x1050");
  EXPECT_EQ(ContentOf("idProduct"), "0x0407");
  EXPECT_EQ(ContentOf("strings/0x409/manufacturer"), "Contoso");
  EXPECT_EQ(ContentOf("strings/0x409/product"), "Blue Key");
  EXPECT_EQ(ContentOf("strings/0x409/serialnumber"), "A-0001");
}

TEST(GadgetDescriptionTest, TheFunctionIsAFidoDeviceAndNoBootDevice) {
  EXPECT_EQ(ContentOf("functions/hid.key/protocol"), "0");
  EXPECT_EQ(ContentOf("functions/hid.key/subclass"), "0");
  EXPECT_EQ(ContentOf("functions/hid.key/report_length"), "64");
  EXPECT_EQ(ToHex(ToBytes(ContentOf("functions/hid.key/report_desc"))),
            "06d0f10901a1010920150026ff007508954081020921150026ff00750895409102c0");
  EXPECT_EQ(ContentOf("configs/c.1/hid.key"), "functions/hid.key");
}

TEST(GadgetDescriptionTest, EachEntryComesAfterTheFolderThatItIsIn) {
  std::vector<std::filesystem::path> folders;
  for (const GadgetPart& part : DescribeGadget(kBlueKey)) {
    if (part.kind == GadgetPart::Kind::kFolder) {
      folders.push_back(part.path);
    } else if (part.path.has_parent_path()) {
      EXPECT_THAT(folders, testing::Contains(part.path.parent_path())) << part.path;
    }
    if (part.kind == GadgetPart::Kind::kLink) {
      EXPECT_THAT(folders, testing::Contains(std::filesystem::path(part.content)));
    }
  }
  EXPECT_EQ(folders.front(), ".");
}

TEST(GadgetDescriptionTest, ASerialNumberIsWhatEveryHostTakes) {
  EXPECT_TRUE(IsSerial("A-0001"));
  EXPECT_TRUE(IsSerial(std::string(63, '7')));
  EXPECT_FALSE(IsSerial(""));
  EXPECT_FALSE(IsSerial(std::string(64, '7')));
  EXPECT_FALSE(IsSerial("A 1"));
  EXPECT_FALSE(IsSerial("K\xC3\xB6ln"));
}

}  // namespace
}  // namespace keyrig::transport
