#pragma once
// Purpose: the parameters of BERT4Rec. Known without LibTorch, so that plans and help need none.

#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/sequence/parameters.h"

namespace motive {

inline constexpr const char* kBert4RecVersion = "1";

struct Bert4RecParams {
  int dim = 64;
  int blocks = 2;
  int heads = 2;
  int inner = 256;
  int max_len = 50;
  double dropout = 0.5;
  double attention_dropout = 0.2;
  double mask = 0.2;
  double last_item = 0.15;
  int copies = 0;
  double stride = 0.5;
  int epochs = 300;
  int batch = 128;
  double lr = 0.001;
  double beta2 = 0.999;
  double weight_decay = 0;
  double clip = 5;
  int warmup_steps = 0;
  bool decay = false;
  int validate_every = 5;
  int patience = 20;
  ItemText item_text = ItemText::kNone;
  bool item_ids = true;
  std::vector<std::string> text_fields;
  int threads = 1;

  static const config::Table<Bert4RecParams>& table();
};

}  // namespace motive
