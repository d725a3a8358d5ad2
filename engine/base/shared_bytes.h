#pragma once

// Bytes that do not change and that several holders share, across threads: no more than they take,
// and no copy for whoever needs them a little longer than their owner.

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace caseclock::base {

class SharedBytes {
 public:
  SharedBytes() = default;
  // A copy of at most 4 GiB.
  explicit SharedBytes(std::string_view bytes) : size_(static_cast<uint32_t>(bytes.size())) {
    if (bytes.empty()) return;
    data_ = std::make_shared_for_overwrite<char[]>(bytes.size());
    std::memcpy(data_.get(), bytes.data(), bytes.size());
  }

  // Lives as long as any holder of them.
  [[nodiscard]] std::string_view view() const { return {data_.get(), size_}; }
  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  std::shared_ptr<char[]> data_;
  uint32_t size_ = 0;
};

}  // namespace caseclock::base
