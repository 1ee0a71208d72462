#include "virtual-key/authenticator/der.h"

namespace keyrig::authenticator::der {

Bytes Element(std::uint8_t tag, std::initializer_list<ByteView> parts) {
  const Bytes content = Concat(parts);
  const auto size = static_cast<std::uint16_t>(content.size());
  Bytes element = {tag};
  if (size < 0x80) {
    element.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 0x100) {
    Append(element, ByteArray<2>{0x81, static_cast<std::uint8_t>(size)});
  } else {
    element.push_back(0x82);
    Append(element, BigEndian16(size));
  }
  Append(element, content);
  return element;
}

Bytes Small(std::uint8_t tag, std::uint8_t value) { return {tag, 1, value}; }

}  // namespace keyrig::authenticator::der
