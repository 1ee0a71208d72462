#pragma once

#include <cstdint>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"

/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian, one section with one
/// interface, times in microseconds.
namespace keyrig::journal::pcapng {

enum class LinkType : std::uint16_t {
  kUsbLinuxMmapped = 220,  // with the kernel's usbmon header of 64 bytes
  kIso14443 = 264,         // with a header of four bytes: version, event, length
};

std::string SectionHeader();
std::string Interface(LinkType link, const std::string& name);

/// What stands beside a packet.
struct PacketNotes {
  std::string comment;
  std::uint64_t lost = 0;  // packets between the one before and this one
};

/// A CTAPHID report as an interrupt transfer of a USB device: bus 1, device 1, endpoint 4.
std::string UsbInterrupt(bool to_key, std::uint64_t urb, Instant at, ByteView report,
                         const PacketNotes& notes);
/// What a host asks a new device for, so that readers know an HID device with FIDO's usage page.
/// No packet of the key's: they are made up, and say so.
std::string UsbDescriptors(Instant at);
/// The transfers above have the numbers before it.
inline constexpr std::uint64_t kFirstUrb = 0x1000;

/// An APDU as one I-block of ISO 14443-4, of any length, without CRC.
std::string CardBlock(bool to_key, bool block, Instant at, ByteView apdu, const PacketNotes& notes);
/// The reader's field comes up.
std::string CardField(Instant at, const PacketNotes& notes);

}  // namespace keyrig::journal::pcapng
