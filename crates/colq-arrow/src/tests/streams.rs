//! Batches through record batches and through the C stream interface.

use super::*;
use crate::{batch_reader, export_stream, from_record_batch, import_stream, to_record_batch};
use colq_column::Batch;
use colq_types::{Field, Schema};

fn batch() -> Batch {
    let columns = samples();
    let field = |(i, column): (usize, &Column)| Field::new(format!("c{i}"), column.data_type);
    let schema: Schema = columns.iter().enumerate().map(field).collect();
    Batch::new(Arc::new(schema), columns).unwrap()
}

fn rows(batch: &Batch) -> Vec<Vec<Scalar>> {
    (0..batch.row_count()).map(|row| batch.row(row)).collect()
}

#[test]
fn a_batch_is_a_record_batch() {
    let batch = batch();
    let record = to_record_batch(batch.clone()).unwrap();
    let back = from_record_batch(&record).unwrap();
    assert_eq!(rows(&back), rows(&batch));
    let empty = to_record_batch(Batch::of_rows(7)).unwrap();
    assert_eq!((empty.num_rows(), from_record_batch(&empty).unwrap().row_count()), (7, 7));
}

#[test]
fn batches_go_through_the_c_stream_interface() {
    let batches = [batch(), batch()];
    let schema = batches[0].schema().clone();
    let stream = export_stream(&schema, Box::new(batches.clone().into_iter().map(Ok))).unwrap();
    let imported = import_stream(stream).unwrap();
    assert_eq!(imported.schema().len(), schema.len());
    let found: Vec<Batch> = imported.collect::<Result<_, _>>().unwrap();
    assert_eq!(found.len(), 2);
    for (found, given) in found.iter().zip(&batches) {
        assert_eq!(rows(found), rows(given));
    }
}

#[test]
fn a_stream_keeps_memory_in_its_place() {
    let column = Column::new(DataType::F64, vec![1.5; 1000]);
    let start = column.values.as_values().as_bytes().as_ptr();
    let schema = Arc::new(Schema::new(vec![Field::new("x", DataType::F64)]));
    let batch = Batch::new(schema.clone(), vec![column]).unwrap();
    let stream = export_stream(&schema, Box::new(std::iter::once(Ok(batch)))).unwrap();
    let found = import_stream(stream).unwrap().next().unwrap().unwrap();
    assert_eq!(found.columns()[0].values.as_values().as_bytes().as_ptr(), start);
}

#[test]
fn a_stream_without_batches_has_its_schema_and_an_error_comes_through() {
    let schema = batch().schema().clone();
    let stream = export_stream(&schema, Box::new(std::iter::empty())).unwrap();
    let imported = import_stream(stream).unwrap();
    assert_eq!(imported.schema().fields()[0].name, "c0");
    assert_eq!(imported.count(), 0);
    let broken: Vec<Result<Batch, crate::BatchError>> =
        vec![Ok(batch()), Err("the disk is gone.".into()), Ok(batch())];
    let stream = export_stream(&schema, Box::new(broken.into_iter())).unwrap();
    let mut imported = import_stream(stream).unwrap();
    assert!(imported.next().unwrap().is_ok());
    assert!(imported.next().unwrap().unwrap_err().to_string().contains("the disk is gone"));
    assert!(imported.next().is_none());
    let broken: Vec<Result<Batch, crate::BatchError>> = vec![Err("no.".into())];
    assert!(matches!(batch_reader(&schema, Box::new(broken.into_iter())), Err(Error::Stream { .. })));
}

#[test]
fn later_batches_are_given_as_the_first_one_was() {
    let schema = Arc::new(Schema::new(vec![Field::new("t", DataType::Text)]));
    let of = |column: Column| Batch::new(schema.clone(), vec![column]).unwrap();
    let free = from_arrow(&StringArray::from_iter_values((0..100).map(|i| format!("t{i}")))).unwrap();
    let few = Column::from_scalars(DataType::Text, &vec![Scalar::from("a"); 100]);
    assert_ne!(
        free.dictionary.as_ref().unwrap().is_distinct(),
        few.dictionary.as_ref().unwrap().is_distinct()
    );
    for pair in [[free.clone(), few.clone()], [few, free]] {
        let batches = pair.clone().map(|column| Ok(of(column)));
        let stream = export_stream(&schema, Box::new(batches.into_iter())).unwrap();
        let found: Vec<Batch> = import_stream(stream).unwrap().collect::<Result<_, _>>().unwrap();
        for (found, given) in found.iter().zip(&pair) {
            assert_eq!(scalars(&found.columns()[0]), scalars(given));
        }
    }
}
