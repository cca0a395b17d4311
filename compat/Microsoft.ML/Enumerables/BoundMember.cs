namespace Microsoft.ML.Data;

/// <summary>A member of a row class with the column that it stands for.</summary>
internal sealed record BoundMember(RowMember Member, string ColumnName, DataViewType ColumnType, DataViewSchema.Annotations Annotations)
{
    /// <summary>Checks a definition against the class that it speaks of.</summary>
    public static IReadOnlyList<BoundMember> Bind(Type rowType, SchemaDefinition userSchemaDefinition, SchemaDefinition.Direction direction)
    {
        Dictionary<string, RowMember> members = RowMember.Of(rowType, SchemaDefinition.Direction.Both).ToDictionary(m => m.Name);
        var bound = new List<BoundMember>();
        foreach (SchemaDefinition.Column column in userSchemaDefinition ?? SchemaDefinition.Create(rowType, direction))
        {
            Contracts.CheckParam(members.TryGetValue(column.MemberName, out RowMember member), nameof(userSchemaDefinition),
                $"No field or property with name '{column.MemberName}' found in type '{rowType.FullName}'");
            string name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
            Contracts.CheckParam(bound.All(b => b.ColumnName != name), nameof(userSchemaDefinition),
                $"Duplicate column name '{name}' in schema definition");
            DataViewType type = column.ColumnType;
            Contracts.CheckParam(type is VectorDataViewType == member.IsVector, nameof(userSchemaDefinition),
                $"Column '{name}' is supposed to be {(member.IsVector ? "scalar" : "vector")}, but type of associated field '{member.Name}' is {(member.IsVector ? "vector" : "scalar")}");
            Contracts.CheckParam(type.GetItemType().RawType == member.ItemType?.RawType, nameof(userSchemaDefinition),
                $"Column '{name}' is supposed to have item type {type.GetItemType().RawType}, but associated field has type {member.ItemType?.RawType}");
            bound.Add(new BoundMember(member, name, type, column.Annotations));
        }
        return bound;
    }
}
