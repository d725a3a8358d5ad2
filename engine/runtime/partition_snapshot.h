#pragma once

// The cases of one partition as of one moment, for a query that takes long over them: its worker
// goes on meanwhile. Nothing is copied but what names them; a case in memory and the store share
// their bytes with it. Must go before the partition does.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/shared_bytes.h"
#include "engine/model/case_state.h"
#include "engine/runtime/partition.h"
#include "engine/store/case_store.h"

namespace caseclock::runtime {

class PartitionSnapshot {
 public:
  // REQUIRES: the gate is held, and nothing is touched.
  explicit PartitionSnapshot(const Partition& partition);

  // By id, with all closed pages of its ledger, in order. Any thread.
  using Visit =
      std::function<base::Status(const std::vector<model::ClosedPage>&, const model::CaseState&)>;
  base::Status ForEachCase(const Visit& visit) const;

 private:
  struct Newer {  // than the store
    std::string id;
    base::SharedBytes bytes;
    std::vector<DirtyPage> pages;
  };
  base::Status Show(std::string_view id, std::string_view bytes,
                    const std::vector<DirtyPage>& dirty, const Visit& visit) const;

  std::unique_ptr<store::CaseStore::Snapshot> stored_;
  std::vector<Newer> newer_;  // by id
};

}  // namespace caseclock::runtime
